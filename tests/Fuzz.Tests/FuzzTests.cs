namespace FastFlannel.Fuzz.Tests;

/// <summary>Each target's corpus as it is, and then so many inputs made of it; the same ones in every run.</summary>
public abstract class FuzzTests
{
    // What is answered alike whatever it is given has not been tested.
    private const int FewestOutcomes = 2;

    internal static void Run(IEnumerable<FuzzTarget> targets, string name)
    {
        FuzzTarget target = targets.Single(target => target.Name == name);
        using var run = new FuzzRun(target, FuzzSettings.Current);
        run.Run();
        string some = string.Join(" | ", run.Outcomes.Take(40));
        TestContext.Current.SendDiagnosticMessage("fuzz: {0}: {1} outcomes: {2}", name, run.Outcomes.Count, some);
        Assert.True(run.Outcomes.Count >= FewestOutcomes, $"all inputs of {name} come to the same: {string.Join("", run.Outcomes)}");
    }

    /// <summary>Each with a trait, by which perf/fuzz.sh picks one.</summary>
    internal static IEnumerable<TheoryDataRow<string>> NamesOf(IEnumerable<FuzzTarget> targets) =>
        targets.Select(target => new TheoryDataRow<string>(target.Name).WithTrait("target", target.Name));
}

/// <inheritdoc/>
public sealed class DataPlaneTests : FuzzTests
{
    public static IEnumerable<TheoryDataRow<string>> Names => NamesOf(FuzzTargets.DataPlane);

    [Theory]
    [MemberData(nameof(Names))]
    public void What_holds_of_packets_holds_for_every_input(string target) => Run(FuzzTargets.DataPlane, target);
}

/// <inheritdoc/>
public sealed class ControlPlaneTests : FuzzTests
{
    public static IEnumerable<TheoryDataRow<string>> Names => NamesOf(FuzzTargets.ControlPlane);

    [Theory]
    [MemberData(nameof(Names))]
    public void What_holds_of_what_others_say_holds_for_every_input(string target) => Run(FuzzTargets.ControlPlane, target);
}
