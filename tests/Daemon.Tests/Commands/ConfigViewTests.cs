using FastFlannel.Control;
using Spectre.Console;

namespace FastFlannel.Daemon.Tests;

public class ConfigViewTests
{
    [Fact]
    public void A_config_is_laid_out_in_its_order_and_as_it_was_written() => Assert.Equal(
        "{\n  \"Network\": \"10.5.0.0/16\",\n  \"Backend\": {\n    \"Type\": \"udp\",\n    \"Note\": \"it's <here> é\"\n  }\n}",
        ConfigView.Indent("""{"Network":"10.5.0.0/16","Backend":{"Type":"udp","Note":"it's <here> é"}}"""));

    [Theory]
    [InlineData("")]
    [InlineData("rubbish")]
    [InlineData("{\"Network\":")]
    public void What_is_not_JSON_is_not_laid_out(string text) => Assert.Null(ConfigView.Indent(text));

    [Fact]
    public void A_change_shows_both_values_and_what_to_do_next() => Assert.Equal(
        [
            "/x/config is written:",
            "  SubnetLen     (none) -> 26",
            "  Backend.Port  8285 -> (none)",
            "Daemons read it when they start: restart each of them to follow.",
        ],
        Write([new ConfigChange("SubnetLen", null, "26"), new ConfigChange("Backend.Port", "8285", null)]));

    [Fact]
    public void No_change_is_said_to_be_none() =>
        Assert.Equal(["/x/config says the same already; nothing was written."], Write([]));

    private static string[] Write(IReadOnlyList<ConfigChange> changes)
    {
        using var writer = new StringWriter();
        IAnsiConsole console = Terminal.On(writer);
        console.Profile.Width = 80;
        ConfigView.WriteChanges(console, "/x/config", changes);
        return [.. writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd())];
    }
}
