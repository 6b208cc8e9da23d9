using System.CommandLine;
using System.CommandLine.Parsing;
using FastFlannel.Control;
using FastFlannel.Native;

namespace FastFlannel.Daemon;

/// <summary>
/// A subnet on the command line: <c>10.5.3.0/24</c>, as subnet.env has it, <c>10.5.3.1/24</c>, or as etcd's keys have it,
/// <c>10.5.3.0-24</c>; of a dual-stack network with its IPv6 half behind it, as one argument or two.
/// </summary>
internal static class SubnetArgument
{
    /// <summary>Makes the argument.</summary>
    public static Argument<Subnet> Create() => new("SUBNET")
    {
        Description = "Like 10.5.3.0/24; in a dual-stack network like 10.5.3.0/24 fd00:5:3::/64.",
        Arity = new ArgumentArity(1, 2),
        CustomParser = Parse,
    };

    private static Subnet Parse(ArgumentResult given)
    {
        string text = string.Join(' ', given.Tokens.Select(token => token.Value));
        string[] halves = text.Replace('-', '/').Split([' ', '&'], StringSplitOptions.RemoveEmptyEntries);
        if (halves.Length is 1 or 2 && Ipv4Prefix.TryParse(halves[0], out Ipv4Prefix ipv4))
        {
            if (halves.Length == 1)
                return new Subnet(ipv4);

            if (Ipv6Prefix.TryParse(halves[1], out Ipv6Prefix ipv6))
                return new Subnet(ipv4, ipv6);
        }

        given.AddError(
            $"'{text}' is not a subnet, expected one like 10.5.3.0/24, or both halves of a dual-stack one: "
            + "10.5.3.0/24 fd00:5:3::/64");
        return default;
    }
}
