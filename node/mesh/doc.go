// Package mesh is the gossip of a community.
//
// Each community that a node takes part in has a room of its own: one gossipsub router
// with the settings of settings.go, one topic for each top category, one validator. A room's
// protocol is named after its community, so only those who have joined open it to each other. That is
// also how a node that joins late is heard: peers greet each other with their topics once a
// protocol, and pubsub forgets what a subscription filter kept out of a greeting, so in a router shared
// between communities a topic that was allowed after the greeting would have no peers to publish to.
//
// What the validator accepted is passed on and delivered, each once, off the validator's
// goroutine. Wherever pubsub drops a message without a word, Drops counts it and the log says
// so; who missed something asks a steward for what is live.
package mesh
