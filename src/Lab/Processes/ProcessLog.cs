namespace FastFlannel.Lab;

/// <summary>What a process said: all of it in a file, the end of it in memory.</summary>
internal sealed class ProcessLog : IDisposable
{
    private const int Kept = 1000;

    private readonly Lock _lock = new();
    private readonly Queue<string> _lines = new();
    private readonly StreamWriter _file;
    private bool _closed;
    private long _count;

    public ProcessLog(string path) => _file = new StreamWriter(path, append: true) { AutoFlush = true };

    /// <summary>The last lines, oldest first.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
                return [.. _lines];
        }
    }

    /// <summary>How many lines there were.</summary>
    public long Count => Interlocked.Read(ref _count);

    public void Add(string line)
    {
        lock (_lock)
        {
            if (_closed)
                return;

            _count++;
            _file.WriteLine(line);
            _lines.Enqueue(line);
            if (_lines.Count > Kept)
                _ = _lines.Dequeue();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _closed = true;
            _file.Dispose();
        }
    }
}
