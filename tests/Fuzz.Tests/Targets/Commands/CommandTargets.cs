using System.CommandLine;
using System.Numerics;
using System.Text.RegularExpressions;
using FastFlannel.Control;
using FastFlannel.Daemon;

namespace FastFlannel.Fuzz.Tests;

/// <summary>What an operator or a service manager says: flags, variables, numbers, patterns, subnets.</summary>
internal static partial class CommandTargets
{
    private static readonly string[] Flags =
    [
        "--etcd-endpoints=", "http://10.0.0.1:2379", "https://", "--etcd-prefix=", "--iface=", "--iface-regex=", "--public-ip=", "--ip-masq",
        "--subnet-file=", "--healthz-port=", "--iptables-resync=", "--subnet-lease-renew-margin=", "--kube-subnet-mgr", "--version", "-h",
        "-v=", "--", "-", "=", "\n", "\n%%\n", "FLANNELD_IFACE=", "FLANNELD_IP_MASQ=", "FLANNELD_HEALTHZ_PORT=", "0x", "017", "0b1", "true", "T",
        "@", ",", ":", "[", "]", "?", "#", "/", "--takeover=", "auto", "LISTEN_FDS=", "LISTEN_FDNAMES=", "LISTEN_PID=", "WATCHDOG_USEC=",
        "WATCHDOG_PID=", "tun.0", "udp.0", "2147483647", "2147483648", "-2147483648", "9223372036854775807",
    ];

    // What an input names must not be read.
    private static readonly ParserConfiguration NoFiles = new() { ResponseFileTokenReplacer = null };

    private static readonly Command Subnets = SubnetCommand();

    public static FuzzTarget CommandLine { get; } = new("command-line", ReadCommandLine) { Words = Flags, Longest = 1024, Cost = 2 };

    public static FuzzTarget Numbers { get; } = new("go-values", ReadNumber)
    {
        Words = ["0x", "0X", "0b", "0o", "0", "+", "-", "_", "true", "T", "F", "false", "2147483648", "2147483647", "7fffffff", "\u212A"],
        Longest = 64,
    };

    public static FuzzTarget Pattern { get; } = new("interface-pattern", ReadPattern)
    {
        Words = ["[:digit:]", "[:", ":]", "(?P<", "(?<", "(?=", "\\1", "\\p{L}", "(?i)", "^", "$", "*", "+", "{3}", "{999}", "|", "(", ")", "[", "]"],
        Longest = 128,
        Cost = 10,
    };

    public static FuzzTarget Endpoints { get; } = new("etcd-endpoints", ReadEndpoints) { Words = Flags, Longest = 256 };

    public static FuzzTarget ServiceEnvironment { get; } = new("service-environment", ReadServiceEnvironment) { Words = Flags, Longest = 512 };

    public static FuzzTarget Subnet { get; } = new("subnet-argument", ReadSubnet)
    {
        Words = ["10.5.3.0/24", "10.5.3.0-24", "fd00:5:3::/64", "&", " ", "-", "/", "--", "@"],
        Longest = 128,
        Cost = 4,
    };

    /// <summary>Arguments, one a line, and behind <c>%%</c> the environment.</summary>
    private static string ReadCommandLine(Span<byte> input)
    {
        string[] parts = TextInput.Split(input, 2);
        string[] arguments = TextInput.Arguments(parts[0]);
        CommandLineResult result = Daemon.CommandLine.Parse(arguments, TextInput.Environment(parts[1]), "version");
        switch (result)
        {
            case CommandLineResult.Exit exit:
                Hold.That(exit.Code is 0 or 1 or 2 && (exit.Code == 0 || exit.Error.Length > 0));
                return $"{exit.Code}, {exit.Error.Split('\n').Length > 20}";
            case CommandLineResult.Start start:
                Hold.That(start.Options.HealthzPort is >= 0 and <= 65535 && start.Options.SubnetFile.Length > 0);
                Hold.That(start.Options.IptablesResync is >= 1 and <= 86400);
                return $"start, {start.Warnings.Count > 0}";
            default:
                throw new BrokenException("another result");
        }
    }

    private static string ReadNumber(Span<byte> input)
    {
        string text = TextInput.Of(input);
        bool isNumber = GoValues.TryParseInt32(text, out int number);
        BigInteger? expected = NaiveNumber(text);
        Hold.Same(expected is { } big && big >= int.MinValue && big <= int.MaxValue, isNumber);
        if (isNumber)
            Hold.Same(expected!.Value, number);

        bool isBoolean = GoValues.TryParseBoolean(text, out bool value);
        Hold.Same(Booleans().IsMatch(text), isBoolean);
        Hold.That(!isBoolean || value == (text[0] is '1' or 't' or 'T'));
        return $"{isNumber}, {isBoolean}, {number > 0}";
    }

    /// <summary>Go's grammar of integers, by a regular expression a base.</summary>
    private static BigInteger? NaiveNumber(string text)
    {
        Match match = Integers().Match(text);
        if (!match.Success)
            return null;

        (string digits, int numberBase) = match.Groups["x"] is { Success: true } hexadecimal ? (hexadecimal.Value, 16)
            : match.Groups["o"] is { Success: true } octal ? (octal.Value, 8)
            : match.Groups["b"] is { Success: true } binary ? (binary.Value, 2)
            : (match.Groups["d"].Value, 10);
        BigInteger sum = digits.Aggregate(BigInteger.Zero, (sum, digit) => (sum * numberBase) + Convert.ToInt32($"{digit}", 16));
        return text[0] == '-' ? -sum : sum;
    }

    private static string ReadPattern(Span<byte> input)
    {
        try
        {
            var pattern = InterfacePattern.Compile(TextInput.Of(input));
            return $"{pattern.IsIn("eth0")}, {pattern.IsIn("10.5.16.1")}, {pattern.IsIn("fd00:12:13::1")}";
        }
        catch (FatalException)
        {
            return "refused";
        }
    }

    private static string ReadEndpoints(Span<byte> input)
    {
        try
        {
            var settings = EtcdSettings.Parse(TextInput.Of(input).Split(','), "/coreos.com/network");
            Hold.That(settings.Endpoints.All(one => one.Scheme is "http" or "https" && one.Host.Length > 0 && one.PathAndQuery == "/"));
            return $"{settings.Endpoints.Count > 1}, {settings.UsesTls}";
        }
        catch (FatalException)
        {
            return "refused";
        }
    }

    private static string ReadServiceEnvironment(Span<byte> input)
    {
        const int Process = 4711;
        Func<string, string?> environment = TextInput.Environment(TextInput.Of(input));
        IReadOnlyList<string> names = ServiceDescriptors.NamesOf(environment, Process);
        int told = environment("LISTEN_FDNAMES")?.Split(':').Length ?? 0;
        Hold.That(names.Count <= told && (names.Count == 0 || (environment("LISTEN_PID") ?? "4711") == "4711"));
        TimeSpan? interval = WatchdogInterval.Of(environment, Process).Interval;
        Hold.That(interval is null || interval > TimeSpan.Zero);
        return $"{names.Count}, {interval is null}";
    }

    private static string ReadSubnet(Span<byte> input)
    {
        string[] arguments = TextInput.Arguments(TextInput.Of(input));
        ParseResult parsed = Subnets.Parse(arguments, NoFiles);
        if (parsed.Errors.Count > 0)
            return "refused";

        Subnet subnet = parsed.GetValue((Argument<Subnet>)Subnets.Arguments[0]);
        ParseResult again = Subnets.Parse(subnet.ToString().Split(' '), NoFiles);
        Hold.Same(subnet, again.GetValue((Argument<Subnet>)Subnets.Arguments[0]));
        return $"{arguments.Length > 1}, {subnet.Ipv6 is null}";
    }

    private static Command SubnetCommand()
    {
        var command = new Command("release");
        command.Arguments.Add(SubnetArgument.Create());
        return command;
    }

    [GeneratedRegex(@"\A(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Booleans();

    [GeneratedRegex(
        @"\A[+-]?(0[xX](?<x>[0-9a-fA-F]+)|0[oO](?<o>[0-7]+)|0[bB](?<b>[01]+)|0(?<o>[0-7]+)|(?<d>0|[1-9][0-9]*))\z",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Integers();
}
