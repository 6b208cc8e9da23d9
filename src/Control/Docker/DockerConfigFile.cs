using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FastFlannel.Control;

/// <summary>dockerd's configuration file, usually <c>/etc/docker/daemon.json</c>, in which only the settings of subnet.env are ours.</summary>
public static class DockerConfigFile
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Has a file say what subnet.env says; everything else in it stays as it is. One that says so is not touched.</summary>
    /// <param name="path">The file. It is made if there is none.</param>
    /// <param name="settings">What dockerd is told.</param>
    /// <param name="withMasquerade">Whether it is told whether to masquerade.</param>
    /// <returns>What has changed, one line each.</returns>
    /// <exception cref="AdministrationException">The file is no JSON object, or cannot be read or written; it is as it was.</exception>
    public static IReadOnlyList<string> Update(string path, DockerSettings settings, bool withMasquerade)
    {
        try
        {
            string? before = File.Exists(path) ? File.ReadAllText(path) : null;
            (string after, IReadOnlyList<string> changes) = Merge(before, settings, withMasquerade, path);
            if (changes.Count > 0)
                Replace(path, after, isNew: before is null);

            return changes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AdministrationException($"cannot change {path}: {e.Message}", e);
        }
    }

    /// <summary>The same on texts.</summary>
    /// <param name="before">The file's text; null when there is none.</param>
    /// <param name="settings">What dockerd is told.</param>
    /// <param name="withMasquerade">Whether it is told whether to masquerade.</param>
    /// <param name="path">The file, for messages.</param>
    internal static (string Text, IReadOnlyList<string> Changes) Merge(
        string? before, DockerSettings settings, bool withMasquerade, string path)
    {
        JsonObject config = Parse(before, path);
        List<string> changes = [];
        if (settings.BridgeAddress is { } address)
            Set("bip", address);

        if (settings.Mtu is { } mtu)
            Set("mtu", mtu);

        if (withMasquerade && settings.Masquerades is { } masquerades)
            Set("ip-masq", masquerades);

        return (config.ToJsonString(Readable) + "\n", changes);

        void Set(string name, JsonNode value)
        {
            // By what is written: dockerd takes no 1472.0 for a number of bytes.
            string? there = config[name]?.ToJsonString(Readable);
            string wanted = value.ToJsonString(Readable);
            if (there == wanted)
                return;

            changes.Add($"{name}: {there ?? "(none)"} -> {wanted}");
            config[name] = value;
        }
    }

    /// <summary>A link to the file stays one, and who may read the file may read it from now on.</summary>
    private static void Replace(string path, string text, bool isNew)
    {
        if (isNew)
            ReplacedFile.Write(path, text);
        else
            ReplacedFile.Write(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path, text, File.GetUnixFileMode(path));
    }

    private static JsonObject Parse(string? text, string path)
    {
        if (string.IsNullOrWhiteSpace(text))
            return [];

        try
        {
            // Twice the same name is an error as well, and so is half of a surrogate pair. The one shows only once names are looked up,
            // the other once all is written.
            if (JsonNode.Parse(text) is JsonObject config && config.Count >= 0 && config.ToJsonString().Length > 0)
                return config;
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new AdministrationException($"{path} is not JSON, and is left as it is: {e.Message}", e);
        }

        throw new AdministrationException($"{path} is not a JSON object, which dockerd demands, and is left as it is");
    }
}
