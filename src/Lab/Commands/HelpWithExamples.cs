using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace FastFlannel.Lab;

/// <summary>The usual help, and examples under it that the list of subcommands need not carry.</summary>
internal sealed class HelpWithExamples : SynchronousCommandLineAction
{
    private readonly HelpAction _usual = new();
    private readonly string _examples;

    public HelpWithExamples(string examples) => _examples = examples;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        int result = _usual.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output.WriteLine(_examples);
        return result;
    }
}
