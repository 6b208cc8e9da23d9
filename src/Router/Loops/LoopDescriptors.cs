namespace FastFlannel.Router;

/// <summary>The raw descriptors that a loop works on for one run.</summary>
/// <param name="Tun">The TUN queue.</param>
/// <param name="Socket">The UDP socket.</param>
/// <param name="Wake">The event that tells the router to stop.</param>
internal readonly record struct LoopDescriptors(int Tun, int Socket, int Wake);
