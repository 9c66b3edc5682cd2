package identity

var derivations = []struct {
	kind Kind
	n    uint64
	seed string
}{
	{KindHost, 0, "0bc2bcd71781c470884510c3c67ce904fdc4c897d3a18322f0427464ce493550"},
	{KindOrganisation, 0, "ff3a7a6020ff7b87ba9ce0e845d7639919a8a8128af67e691d524afdea14b1a6"},
	{KindRelationship, 0, "8ee3bcfd7fff922cc92ed4c8b860853784da4782cfe897295febc9a17dcc98bb"},
	{KindCast, 0, "cb7e2b8dac0054837b42bc54a6137ba236eeebc29e1e353a81aac16f3ab210eb"},
	{KindCommunity, 0, "9dd0b19d8472caf6665c5317af541cbe18840c211bc8043810a98d083bb79ee4"},
	{KindCast, 1<<64 - 1, "95000a4a9999507251d39ded2b5b20e3bc7d648359af144c74161dd9d4000844"},
	{KindCast, 1, "1030692645cdc5c6b3b8abef85085cb5d6749e3a7653e0e892c9a948e99af4f7"},
}

const checkVector = "5b57bf922c85276c3ddae67cc71dfbe071f8caba085aa4789d08c8f0be248639"
