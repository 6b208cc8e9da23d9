using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastFlannel.Native;

/// <summary>A map that BPF programs and this process share (bpf(2)). Keys and values lie in it as they lie in memory here.</summary>
internal sealed unsafe class BpfMap : Descriptor
{
    private const int BPF_MAP_CREATE = 0;
    private const int BPF_MAP_LOOKUP_ELEM = 1;
    private const int BPF_MAP_UPDATE_ELEM = 2;
    private const int BPF_MAP_DELETE_ELEM = 3;
    private const uint BPF_F_NO_PREALLOC = 1;
    private const string PossibleProcessors = "/sys/devices/system/cpu/possible";

    private readonly int _keySize;
    private readonly int _valueSize;
    private readonly int _processors;

    private BpfMap(int number, int keySize, int valueSize, int processors)
        : base(number) => (_keySize, _valueSize, _processors) = (keySize, valueSize, processors);

    /// <summary>What a map does with its keys (linux/bpf.h, enum bpf_map_type).</summary>
    public enum Kind : uint
    {
        /// <summary>An entry a key.</summary>
        Hash = 1,

        /// <summary>A number of entries, each once for every processor, so that counting needs no lock.</summary>
        PerProcessorArray = 6,

        /// <summary>The longest prefix wins; a key is the prefix's length in 32 bits of host order and the address.</summary>
        LongestPrefix = 11,
    }

    /// <summary>Makes a map.</summary>
    /// <exception cref="SysException">
    /// EPERM without CAP_BPF or CAP_SYS_ADMIN; ENOSYS without bpf(2); EINVAL for a kind too new; ENOENT for one with a value for each
    /// processor where there is no /sys to count them.
    /// </exception>
    public static BpfMap Create(Kind kind, int keySize, int valueSize, int capacity)
    {
        int processors = kind == Kind.PerProcessorArray ? CountPossible(PossibleProcessors) : 0;
        CreateAttributes attributes = default;
        attributes.Type = (uint)kind;
        attributes.KeySize = (uint)keySize;
        attributes.ValueSize = (uint)valueSize;
        attributes.Capacity = (uint)capacity;
        attributes.Flags = kind == Kind.PerProcessorArray ? 0 : BPF_F_NO_PREALLOC;
        int number = BpfCalls.Bpf(BPF_MAP_CREATE, &attributes, (uint)sizeof(CreateAttributes));
        return number >= 0
            ? new BpfMap(number, keySize, valueSize, processors)
            : throw new SysException($"make a BPF map ({kind})", Marshal.GetLastPInvokeError());
    }

    /// <summary>Sets an entry.</summary>
    /// <exception cref="SysException">ENOSPC or E2BIG when the map is full.</exception>
    public void Set<TKey, TValue>(TKey key, TValue value)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        Expect<TKey>(_keySize);
        Expect<TValue>(_valueSize);
        int errno = Do(BPF_MAP_UPDATE_ELEM, &key, &value);
        if (errno != 0)
            throw new SysException("set an entry of a BPF map", errno);
    }

    /// <summary>Removes an entry, if there is one.</summary>
    public void Remove<TKey>(TKey key)
        where TKey : unmanaged
    {
        Expect<TKey>(_keySize);
        int errno = Do(BPF_MAP_DELETE_ELEM, &key, null);
        if (errno is not (0 or Errno.ENOENT))
            throw new SysException("remove an entry of a BPF map", errno);
    }

    /// <summary>The values of an entry of a <see cref="Kind.PerProcessorArray"/>.</summary>
    public TValue[] GetAll<TValue>(uint key)
        where TValue : unmanaged
    {
        Expect<uint>(_keySize);
        Expect<TValue>(_valueSize);
        var values = new TValue[_processors];
        fixed (TValue* all = values)
        {
            int errno = Do(BPF_MAP_LOOKUP_ELEM, &key, all);
            return errno == 0 ? values : throw new SysException("read an entry of a BPF map", errno);
        }
    }

    // The kernel takes and fills as many bytes as the map was made for; the arguments were checked against that.
    private int Do(int command, void* key, void* value)
    {
        using BorrowedDescriptor loan = Borrow();
        EntryAttributes attributes = default;
        attributes.Map = (uint)loan.Number;
        attributes.Key = (ulong)key;
        attributes.Value = (ulong)value;
        return BpfCalls.Bpf(command, &attributes, (uint)sizeof(EntryAttributes)) >= 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    private static void Expect<T>(int size)
    {
        if (Unsafe.SizeOf<T>() != size)
            throw new ArgumentException($"{typeof(T).Name} has {Unsafe.SizeOf<T>()} bytes, the map's entries {size}");
    }

    /// <summary>How many processors there may ever be: the kernel keeps a value for each that could be plugged in.</summary>
    /// <param name="path">The kernel's file, which has for example <c>0-3</c>.</param>
    /// <exception cref="SysException">There is none, or it cannot be understood.</exception>
    internal static int CountPossible(string path)
    {
        try
        {
            string text = File.ReadAllText(path).Trim();
            return int.TryParse(text.Split('-', ',')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int last)
                ? last + 1
                : throw new SysException("count the processors", Errno.EINVAL, $"{path} has '{text}', expected a range like 0-3");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new SysException("count the processors", Errno.ENOENT, $"no {path} to read");
        }
    }

    /// <summary>The beginning of union bpf_attr for BPF_MAP_CREATE (linux/bpf.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct CreateAttributes
    {
        public uint Type;
        public uint KeySize;
        public uint ValueSize;
        public uint Capacity;
        public uint Flags;
    }

    /// <summary>union bpf_attr for the calls on entries.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct EntryAttributes
    {
        public uint Map;
        public ulong Key;
        public ulong Value;
        public ulong Flags;
    }
}
