// Package finding is the way from a category to those who deal in it.
//
// A node finds through the communities that it is a member of. What it opens follows from its role there:
//
//	role                        gossip           DHT                    directory
//	a person                    none             none                   fetched from a steward now and then, searched at home
//	a person with --mesh        every topic      client: asks only      both
//	an organisation             its categories   server                 the DHT
//	a steward                   every topic      server                 keeps it
//
// In the community's DHT each organisation's signed card lies under the hash of its key, and
// its node is a provider of each prefix of its categories. A provider record is a hint: it leads to
// a node, which is asked for its card; a card counts by the signature of the key that it is
// under, and stays in the book. So whoever is known already is reached though every node
// of the DHT were hostile.
package finding
