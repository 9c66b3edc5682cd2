package main

import (
	"context"

	"github.com/bywaynet/byway/node"
)

// initNode makes a node with a root of its own, or with that of the words in a file.
func (a *app) initNode(ctx context.Context, c node.Config, file string) (node.Made, error) {
	if file == "" {
		return node.Init(ctx, c)
	}
	text, err := a.wordsOf(file)
	if err != nil {
		return node.Made{}, err
	}
	return node.InitFromWords(ctx, c, text)
}
