using Spectre.Console;

namespace FastFlannel.Lab;

/// <summary>Says on standard error what a run is doing: one changing line on a terminal, plain lines elsewhere.</summary>
internal sealed class Progress
{
    private readonly StatusContext? _status;

    private Progress(StatusContext? status) => _status = status;

    /// <summary>Does work that reports what it is doing.</summary>
    public static Task<T> ShowAsync<T>(IAnsiConsole console, Func<Progress, Task<T>> work) =>
        console.Profile.Out.IsTerminal
            ? console.Status().StartAsync("starting", status => work(new Progress(status)))
            : work(new Progress(null));

    /// <summary>Says what begins now.</summary>
    /// <param name="step">For example <c>pinging every pair</c>.</param>
    public void Begin(string step)
    {
        if (_status is not null)
            _status.Status = Markup.Escape(step);
        else
            Console.Error.WriteLine($"lab: {step}");
    }
}
