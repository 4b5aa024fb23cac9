package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// atOnce is how many sequences are recorded at a time, each in processes of its own.
const atOnce = 2

type recorded struct {
	text string
	err  error
	same bool
}

// record writes many sequences to a file. Each is recorded twice, with one thread and with several: where the two
// differ, what happened was chance, and the sequence is dropped.
func record(original string, many int, file string) error {
	var documents []string
	var dropped []int
	for seed := 1; len(documents) < many; {
		var group sync.WaitGroup
		results := make([]recorded, 8*atOnce)
		slots := make(chan struct{}, atOnce)
		for i := range results {
			group.Add(1)
			slots <- struct{}{}
			go func() {
				defer group.Done()
				results[i] = twice(original, seed+i)
				<-slots
			}()
		}
		group.Wait()
		for i, result := range results {
			switch {
			case result.err != nil:
				return fmt.Errorf("%s, seed %d: %w", original, seed+i, result.err)
			case !result.same:
				dropped = append(dropped, seed+i)
			case len(documents) < many:
				documents = append(documents, result.text)
			}
		}
		seed += len(results)
	}
	if len(dropped) > many/4 {
		return fmt.Errorf("%s: %d sequences were dropped; that is no chance any more", original, len(dropped))
	}
	fmt.Printf("%-13s %d sequences, %d dropped %v\n", original, len(documents), len(dropped), dropped)
	return os.WriteFile(file, []byte(strings.Join(documents, "---\n")), 0o644)
}

func twice(original string, seed int) recorded {
	first, err := child("1", "sequence", original, fmt.Sprint(seed))
	if err != nil {
		return recorded{err: err}
	}
	second, err := child("4", "sequence", original, fmt.Sprint(seed))
	return recorded{text: first, err: err, same: first == second}
}

// child runs this program again, with so many threads.
func child(threads string, arguments ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, os.Args[0], arguments...)
	command.Env = append(os.Environ(), "GOMAXPROCS="+threads)
	var complaint bytes.Buffer
	command.Stderr = &complaint
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, complaint.String())
	}
	return string(output), nil
}
