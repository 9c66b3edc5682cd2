package store

// EngineOptions lets benchmarks measure bare Badger with the same options.
var EngineOptions = engineOptions
