using System.CommandLine;

namespace FastFlannel.Perf;

/// <summary><c>scale</c>: what a daemon costs in clusters of thousands of hosts.</summary>
internal static class ScaleCommand
{
    public static Command Create()
    {
        var leases = new Option<int[]>("--leases")
        {
            Description = "How many leases there are when the daemon starts, at most 30000; may be given several times.",
            DefaultValueFactory = _ => [10, 1000, 10_000],
        };
        var rate = new Option<int>("--rate")
        {
            Description = "How many new leases a second come then.",
            DefaultValueFactory = _ => 100,
        };
        var seconds = new Option<int>("--seconds") { Description = "For how long they come.", DefaultValueFactory = _ => 10 };
        var binary = new Option<string>("--binary")
        {
            Description = "The daemon.",
            DefaultValueFactory = _ => "artifacts/fastflannel",
        };
        var command = new Command(
            "scale", "Start a daemon among many leases in a real etcd, then let new ones come. Needs root, ip, etcd and etcdctl.")
        {
            leases, rate, seconds, binary,
        };
        command.SetAction(async (parsed, _) =>
        {
            Console.WriteLine(ScaleResult.Heading);
            foreach (int count in parsed.GetValue(leases)!)
            {
                Console.WriteLine(await ScaleRun.MeasureAsync(
                    count,
                    parsed.GetValue(rate),
                    TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                    Path.GetFullPath(parsed.GetValue(binary)!)));
            }

            return 0;
        });
        return command;
    }
}
