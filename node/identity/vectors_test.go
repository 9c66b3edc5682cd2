package identity

var derivations = []struct {
	kind Kind
	n    uint64
	seed string
}{
	{KindHost, 0, "f7441aa6a45ef294ac0f93f53ad679f9be86c59fb668285c9bec3e8a8f15cf0e"},
	{KindOrganisation, 0, "43e28936e69e72a8ee0b3ce5a56667b8c557aeeba45234edb1694afdb511894b"},
	{KindHost, 1, "11fdb704a9ee72e6b47c457cdcf033af2cdabf4942a377d7da85f5bc7989c5ce"},
	{KindOrganisation, 1, "7fe179af39fe4016aa11090fdd9556a101dad884c49077585c5ffd337b66adc9"},
	{KindRelationship, 0, "8ee3bcfd7fff922cc92ed4c8b860853784da4782cfe897295febc9a17dcc98bb"},
	{KindCast, 0, "cb7e2b8dac0054837b42bc54a6137ba236eeebc29e1e353a81aac16f3ab210eb"},
	{KindCommunity, 0, "9dd0b19d8472caf6665c5317af541cbe18840c211bc8043810a98d083bb79ee4"},
	{KindCast, 1<<64 - 1, "95000a4a9999507251d39ded2b5b20e3bc7d648359af144c74161dd9d4000844"},
	{KindCast, 1, "1030692645cdc5c6b3b8abef85085cb5d6749e3a7653e0e892c9a948e99af4f7"},
}

var purposes = map[string]string{
	"store": "acbc413bd8114f272823ee0ae511050d5a0b5d7a3563d0a5da87a4d4cfd1fa70",
	"vault": "411c7d977ea9f92c563abe81b487c81d102f653c253c35a52b6052fdeb6c8a85",
}

const checkVector = "5b57bf922c85276c3ddae67cc71dfbe071f8caba085aa4789d08c8f0be248639"
