using System.Text.Json.Serialization;

namespace FastFlannel.Lab;

/// <summary>Which side of a requirement's limit is good.</summary>
public enum BenchBound
{
    /// <summary>The limit or more.</summary>
    [JsonStringEnumMemberName("atLeast")]
    AtLeast,

    /// <summary>The limit or less.</summary>
    [JsonStringEnumMemberName("atMost")]
    AtMost,

    /// <summary>Less than the limit.</summary>
    [JsonStringEnumMemberName("below")]
    Below,
}
