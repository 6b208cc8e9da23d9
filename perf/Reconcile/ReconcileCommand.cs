using System.CommandLine;

namespace FastFlannel.Perf;

/// <summary><c>reconcile</c>: how long a daemon takes to put the kernel in order, at start and after damage.</summary>
internal static class ReconcileCommand
{
    public static Command Create()
    {
        var peers = new Option<int[]>("--peers")
        {
            Description = "How many peers, at most 30000; may be given several times.",
            DefaultValueFactory = _ => [100, 1000, 10_000],
        };
        var rounds = new Option<int>("--rounds") { Description = "Of each size; the median counts.", DefaultValueFactory = _ => 3 };
        var damages = new Option<int>("--damages")
        {
            Description = "How often each kind of damage is done, among ten peers.",
            DefaultValueFactory = _ => 20,
        };
        var binary = new Option<string>("--binary")
        {
            Description = "The daemon.",
            DefaultValueFactory = _ => "artifacts/fastflannel",
        };
        var command = new Command(
            "reconcile", "Start a daemon among many peers, and change or delete what it has in the kernel. Needs root, ip, etcd and etcdctl.")
        {
            peers, rounds, damages, binary,
        };
        command.SetAction(async (parsed, _) =>
        {
            string path = Path.GetFullPath(parsed.GetValue(binary)!);
            Console.WriteLine("| backend | peers | start ms | start again ms | one route back ms | all back ms |");
            Console.WriteLine("|---|---:|---:|---:|---:|---:|");
            foreach (int count in parsed.GetValue(peers)!)
                await ReconcileRun.PrintSizesAsync(count, parsed.GetValue(rounds), path);

            Console.WriteLine();
            Console.WriteLine("| backend | damage | healed ms: median | max |");
            Console.WriteLine("|---|---|---:|---:|");
            await ReconcileRun.PrintDamagesAsync(10, parsed.GetValue(damages), path);
            return 0;
        });
        return command;
    }
}
