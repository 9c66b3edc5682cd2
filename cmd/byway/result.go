package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// show prints a result: each message as a line of JSON where --json asks for it, and
// otherwise the page that human writes.
func (a *app) show(human func(p *page), results ...proto.Message) error {
	if !a.json {
		return a.print(human)
	}
	var out bytes.Buffer
	for _, m := range results {
		line, err := jsonLine(m)
		if err != nil {
			return err
		}
		out.Write(line)
	}
	return a.write(out.Bytes())
}

// showOwn is show for results that have no message, as those of commands without a node.
func (a *app) showOwn(human func(p *page), results ...any) error {
	if !a.json {
		return a.print(human)
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	for _, r := range results {
		if err := e.Encode(r); err != nil {
			return fmt.Errorf("write as JSON: %w", err)
		}
	}
	return a.write(out.Bytes())
}

func (a *app) print(human func(p *page)) error {
	var p page
	human(&p)
	return a.write([]byte(p.String()))
}

func (a *app) write(b []byte) error {
	if _, err := a.out.Write(b); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// jsonLine writes a message with the field names of its .proto file, those that are unset
// included. Compacting undoes the spaces that protojson varies on purpose.
func jsonLine(m proto.Message) ([]byte, error) {
	b, err := protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("write as JSON: %w", err)
	}
	var line bytes.Buffer
	if err := json.Compact(&line, b); err != nil {
		return nil, fmt.Errorf("write as JSON: %w", err)
	}
	line.WriteByte('\n')
	return line.Bytes(), nil
}

// messages returns a list of one kind as what show takes.
func messages[M proto.Message](ms []M) []proto.Message {
	out := make([]proto.Message, len(ms))
	for i, m := range ms {
		out[i] = m
	}
	return out
}

// timeOf returns the time of a field, zero where it is unset.
func timeOf(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}
