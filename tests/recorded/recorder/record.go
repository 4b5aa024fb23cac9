package main

import (
	"bytes"
	"context"
	"errors"
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
	text   string
	err    error
	same   bool
	astray bool
}

// threads are with how many threads a sequence is recorded, again and again.
var threads = []string{"1", "4", "2", "4", "1", "4", "2", "4", "3", "4"}

// record writes many sequences to a file. Each is recorded several times, with one thread and with more: where two
// differ, what happened was chance, and the sequence is dropped. One that is astray is set aside.
func record(original string, many int, file string) error {
	var documents []string
	var dropped, aside []int
	for seed := 1; len(documents) < many; {
		var group sync.WaitGroup
		results := make([]recorded, 8*atOnce)
		slots := make(chan struct{}, atOnce)
		for i := range results {
			group.Add(1)
			slots <- struct{}{}
			go func() {
				defer group.Done()
				results[i] = again(original, seed+i)
				<-slots
			}()
		}
		group.Wait()
		for i, result := range results {
			switch {
			case result.err != nil:
				return fmt.Errorf("%s, seed %d: %w", original, seed+i, result.err)
			case len(documents) == many:
			case result.astray:
				aside = append(aside, seed+i)
			case !result.same:
				dropped = append(dropped, seed+i)
			default:
				documents = append(documents, result.text)
			}
		}
		seed += len(results)
	}
	if len(dropped)+len(aside) > many/4 {
		return fmt.Errorf("%s: seeds %v were not always the same, %v were set aside: too many",
			original, dropped, aside)
	}
	fmt.Printf("%-20s %3d recorded, %d not always the same %v, %d set aside\n",
		original, len(documents), len(dropped), dropped, len(aside))
	return os.WriteFile(file, []byte(strings.Join(documents, "---\n")), 0o644)
}

func again(original string, seed int) recorded {
	result := recorded{same: true}
	for i, many := range threads {
		text, err := child(many, "sequence", original, fmt.Sprint(seed))
		var exit *exec.ExitError
		switch {
		case errors.As(err, &exit) && exit.ExitCode() == astray:
			return recorded{astray: true}
		case err != nil:
			return recorded{err: err}
		case i == 0:
			result.text = text
		case text != result.text:
			result.same = false
		}
	}
	return result
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
