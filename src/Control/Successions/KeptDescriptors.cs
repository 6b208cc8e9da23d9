using System.Globalization;
using FastFlannel.Native;

namespace FastFlannel.Control;

/// <summary>
/// The descriptors that outlive this daemon, named by kind and number, for example <c>tun.0</c>: they are handed to a daemon that
/// takes its place, and held meanwhile by whoever starts it again. May be used by several threads.
/// </summary>
/// <param name="keeper">Who holds them while no daemon runs.</param>
public sealed class KeptDescriptors(IDescriptorKeeper keeper)
{
    /// <summary>Queues of the TUN device.</summary>
    public const string Tun = "tun";

    /// <summary>Sockets that datagrams come and go by, as many as queues.</summary>
    public const string Udp = "udp";

    /// <summary>What the programs of the kernel tunnel hang on.</summary>
    public const string Bpf = "bpf";

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Descriptor> _held = new(StringComparer.Ordinal);

    /// <summary>All of them. They are closed by whoever has put them here.</summary>
    public IReadOnlyList<KeyValuePair<string, Descriptor>> All
    {
        get
        {
            lock (_lock)
                return [.. _held];
        }
    }

    /// <summary>The name of one of a kind.</summary>
    public static string NameOf(string kind, int number) => string.Create(CultureInfo.InvariantCulture, $"{kind}.{number}");

    /// <summary>Says which there are of a kind from now on, instead of those before.</summary>
    public void Keep(string kind, IReadOnlyList<Descriptor> descriptors)
    {
        ArgumentNullException.ThrowIfNull(descriptors);
        lock (_lock)
        {
            for (int i = 0; i < descriptors.Count; i++)
            {
                string name = NameOf(kind, i);
                _held[name] = descriptors[i];
                keeper.Keep(name, descriptors[i]);
            }

            for (int i = descriptors.Count; _held.Remove(NameOf(kind, i)); i++)
                keeper.Forget(NameOf(kind, i));
        }
    }

    /// <summary>Has what an earlier run has left, and this one did not adopt, closed.</summary>
    public void ForgetOthers()
    {
        lock (_lock)
        {
            foreach (string name in keeper.Names.Where(name => !_held.ContainsKey(name)))
                keeper.Forget(name);
        }
    }
}
