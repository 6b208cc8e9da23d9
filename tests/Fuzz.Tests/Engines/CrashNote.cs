using System.IO.MemoryMappedFiles;

namespace FastFlannel.Fuzz.Tests;

/// <summary>
/// The input that is being tried, in a file that outlives the process: what touches the guard page, or loops for ever, tells nobody
/// which input it was. The file is gone when all went well.
/// </summary>
internal sealed class CrashNote : IDisposable
{
    private const int LengthBytes = sizeof(int);

    private readonly string _path;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    /// <summary>Makes the file <c>TARGET.current</c>: four bytes of length in host byte order, and the input.</summary>
    public CrashNote(string directory, FuzzTarget target)
    {
        _ = Directory.CreateDirectory(directory);
        _path = Path.Combine(directory, $"{target.Name}.current");
        _file = MemoryMappedFile.CreateFromFile(_path, FileMode.Create, mapName: null, LengthBytes + target.Longest);
        _view = _file.CreateViewAccessor();
    }

    public void Write(byte[] input)
    {
        _view.Write(0, input.Length);
        _view.WriteArray(LengthBytes, input, 0, input.Length);
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
        File.Delete(_path);
    }
}
