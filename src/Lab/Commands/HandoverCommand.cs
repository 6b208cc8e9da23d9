using System.CommandLine.Help;

namespace FastFlannel.Lab;

/// <summary>The command <c>fastflannel lab handover</c>.</summary>
internal static class HandoverCommand
{
    private const string Description = "Replace, kill and restart a daemon under traffic, and print what is lost.";

    private const string Examples =
        $$"""
        {{Requirements.Sentences}}
        Takes about a minute.
        Between two hosts there are 100 pings a second, 50 Mbit/s over TCP and 20,000 datagrams a second each way. A daemon is
        taken over from, killed under the supervisor, and stopped and started; by the router alone, and with the kernel tunnel.
        `after start` is the time from the start of the process to the first datagram that arrives again.
        Exits with 0 only if the hand-over lost nothing, the kill no ping and no stream, and the start took no more than
        200 ms, otherwise with 1; 130 after Ctrl-C.

        Examples:
          fastflannel lab handover
        """;

    /// <summary>Makes it.</summary>
    public static System.CommandLine.Command Create()
    {
        var command = new System.CommandLine.Command("handover", Description)
        {
            new HelpOption { Action = new HelpWithExamples(Examples) },
        };
        command.SetAction((_, ct) => HandoverRun.RunAsync(Environment.ProcessPath!, Console.Out, ct));
        return command;
    }
}
