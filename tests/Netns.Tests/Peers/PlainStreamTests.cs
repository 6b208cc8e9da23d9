using FastFlannel.Lab;

namespace FastFlannel.Netns.Tests;

/// <summary>Streams between our router, with every offload, and a peer that carries one packet a call, as flanneld does.</summary>
public class PlainStreamTests(MixedHosts hosts) : IClassFixture<MixedHosts>
{
    private const long DefaultBytes = 32_000_003;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Endpoint Ours => hosts.All.First;

    private Endpoint Plain => hosts.All.Plain;

    [Fact]
    public async Task A_stream_to_a_plain_peer_arrives_as_it_was_sent() =>
        Soak.Judge("to a plain peer", await HashedTransfer.RunAsync(Ours, Plain, Soak.Bytes(DefaultBytes), Cancel));

    [Fact]
    public async Task A_stream_from_a_plain_peer_arrives_as_it_was_sent() =>
        Soak.Judge("from a plain peer", await HashedTransfer.RunAsync(Plain, Ours, Soak.Bytes(DefaultBytes), Cancel));

    [Fact]
    public async Task Streams_to_and_from_a_plain_peer_at_once_arrive_as_they_were_sent() =>
        Soak.Judge("both at once", await HashedTransfer.RunBothAsync(Ours, Plain, Soak.Bytes(DefaultBytes), Cancel));
}
