namespace FastFlannel.Native.Tests;

public class SignalTests
{
    [Fact]
    public void Who_clears_it_learns_whether_it_was_set()
    {
        using var signal = Signal.Create();
        using BorrowedDescriptor loan = signal.Borrow();
        Assert.False(Signal.Clear(loan.Number));

        Signal.Set(loan.Number);
        Signal.Set(loan.Number);
        Assert.True(Signal.Clear(loan.Number));
        Assert.False(Signal.Clear(loan.Number));
    }
}
