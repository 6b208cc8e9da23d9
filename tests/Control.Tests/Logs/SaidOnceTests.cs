namespace FastFlannel.Control.Tests;

public class SaidOnceTests
{
    [Fact]
    public void Each_is_said_once_and_after_a_thousand_none_any_more()
    {
        var said = new SaidOnce<string>();
        for (int round = 0; round < 3; round++)
            Assert.Equal(round == 0 ? SaidOnce<string>.Most : 0, Enumerable.Range(0, 5000).Count(i => said.IsNew($"{i}")));
    }
}
