namespace FastFlannel.Router;

/// <summary>How a loop's turn ended.</summary>
public enum LoopResult
{
    /// <summary>Nothing was there: wait before the next turn.</summary>
    Idle,

    /// <summary>A batch was handled, and more may be there.</summary>
    Busy,

    /// <summary>The descriptor failed in a way that may pass: wait a little before the next turn.</summary>
    Failing,

    /// <summary>The TUN device is gone; no turn will ever do anything again.</summary>
    DeviceGone,

    /// <summary>The router was told to stop.</summary>
    Stopped,
}
