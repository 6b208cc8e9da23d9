using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace FastFlannel.Lab;

/// <summary>The usual help, and examples under it that the list of subcommands need not carry.</summary>
public sealed class HelpWithExamples : SynchronousCommandLineAction
{
    private readonly HelpAction _usual = new();
    private readonly string _examples;

    /// <summary>Makes the action of a command's <see cref="HelpOption"/>.</summary>
    /// <param name="examples">What to print under the usual help.</param>
    public HelpWithExamples(string examples) => _examples = examples;

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int result = _usual.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output.WriteLine(_examples);
        return result;
    }
}
