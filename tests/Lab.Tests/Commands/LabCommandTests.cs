namespace FastFlannel.Lab.Tests;

public class LabCommandTests
{
    [Theory]
    [InlineData("run --hosts 1", "--hosts 1 is out of range: expected a whole number from 2 to 16")]
    [InlineData("run --hosts x", "--hosts x is out of range: expected a whole number from 2 to 16")]
    [InlineData("bench --rounds 0", "--rounds 0 is out of range: expected a whole number from 1 to 50")]
    [InlineData("bench --rounds 51", "--rounds 51 is out of range: expected a whole number from 1 to 50")]
    [InlineData("bench --seconds 61", "--seconds 61 is out of range: expected a whole number from 1 to 60")]
    [InlineData("bench --mtu 576", "--mtu 576 is out of range: expected a whole number from 1330 to 65535")]
    [InlineData("bench --metrics tcp", "--metrics tcp: expected some of tcp1,tcp4,udp64,ping, each once")]
    [InlineData("bench --paths h", "--paths h: expected some of direct,vxlan,udp, each once")]
    [InlineData("bench --compare a={} --compare a={}", "--compare names a twice: expected each name once")]
    [InlineData("bench --compare-binary a=/no", "--compare-binary a: there is no file '/no'; expected a daemon's binary")]
    [InlineData("storm --peers 0", "--peers 0 is out of range: expected a whole number from 1 to 3999")]
    [InlineData("storm --rate 5001", "--rate 5001 is out of range: expected a whole number from 1 to 5000")]
    [InlineData("storm --rounds 51", "--rounds 51 is out of range: expected a whole number from 1 to 50")]
    [InlineData("storm --seconds x", "--seconds x is out of range: expected a whole number from 1 to 60")]
    [InlineData("storm --binary /no", "--binary /no: there is no such file; expected a daemon's binary")]
    public void A_wrong_value_is_one_error_that_says_what_was_expected(string line, string error) =>
        Assert.Equal([error], LabCommand.Create().Parse(line.Split(' ')).Errors.Select(one => one.Message));

    [Theory]
    [InlineData("run")]
    [InlineData("run --hosts 16 --json")]
    [InlineData("run --ipv6")]
    [InlineData("bench")]
    [InlineData("bench --rounds 50 --seconds 60 --mtu 9000 --metrics ping --paths direct --json --require")]
    [InlineData("bench --backend-json {\"Port\":8286} --compare a={} --compare b={\"Port\":8287}")]
    [InlineData("bench --config {}")]
    [InlineData("storm")]
    [InlineData("storm --peers 3999 --rate 5000 --rounds 50 --seconds 60 --json --require --binary /bin/true")]
    public void A_right_line_has_no_error(string line) => Assert.Empty(LabCommand.Create().Parse(line.Split(' ')).Errors);

    [Theory]
    [InlineData("run --help")]
    [InlineData("bench --help")]
    [InlineData("storm --help")]
    public void Help_teaches_with_examples(string line)
    {
        using var output = new StringWriter();
        int code = LabCommand.Create().Parse(line.Split(' ')).Invoke(new() { Output = output });

        Assert.Equal(0, code);
        Assert.Contains("Examples:", output.ToString(), StringComparison.Ordinal);
    }
}
