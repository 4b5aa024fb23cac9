package sequence

import (
	"fmt"
	"strings"
	"time"
)

// Document is a recorded sequence as a document of the trace form.
func Document(plan Plan, steps []Step, first Effects) string {
	var text strings.Builder
	fmt.Fprintf(&text, "name: \"%s, sequence %d: %s\"\n", plan.Preset, plan.Seed, plan.Options)
	fmt.Fprintf(&text, "recorded: { from: \"%s\", seed: %d }\n", plan.From, plan.Seed)
	fmt.Fprintf(&text, "preset: %s\npool: %s\n", plan.Preset, plan.Pool)
	if len(plan.Endpoints) > 1 {
		fmt.Fprintf(&text, "endpoints: %s\n", list(plan.Endpoints))
	}
	if plan.Dial > 0 {
		var networks []string
		for _, endpoint := range plan.Endpoints {
			networks = append(networks, fmt.Sprintf("%s: { dial: %s }", endpoint, Duration(plan.Dial)))
		}
		fmt.Fprintf(&text, "network: { %s }\n", strings.Join(networks, ", "))
	}
	text.WriteString("steps:\n")
	if effects := first.String(); effects != "" {
		fmt.Fprintf(&text, "  - { look: {}%s }\n", effects)
	}
	for _, step := range steps {
		fmt.Fprintf(&text, "  - %s\n", step)
	}
	return text.String()
}

// String is a step in flow style, effects included.
func (s Step) String() string {
	return "{ " + s.action() + s.Effects.String() + " }"
}

func (s Step) action() string {
	switch {
	case s.Acquire != nil:
		text := "acquire: " + list(s.Acquire)
		if s.At != "" {
			text += ", at: " + s.At
		}
		if s.Timeout > 0 {
			text += ", timeout: " + Duration(s.Timeout)
		}
		return text
	case s.Release != nil:
		return "release: " + list(s.Release) + as(s.As)
	case s.Conn > 0:
		return fmt.Sprintf("release: %d", s.Conn) + as(s.As)
	case s.Cancel != nil:
		return "cancel: " + list(s.Cancel)
	case s.Advance > 0:
		return "advance: " + Duration(s.Advance)
	case s.Network != nil:
		text := "dial: " + Duration(s.Network.Dial)
		if s.Network.Fails {
			text += ", fails: true"
		}
		return fmt.Sprintf("network: { %s: { %s } }", s.Endpoint, text)
	case s.Cut > 0:
		if s.Seen {
			return fmt.Sprintf("cut: %d, seen: true", s.Cut)
		}
		return fmt.Sprintf("cut: %d", s.Cut)
	case s.Clear:
		return "clear: true"
	case s.Change != nil:
		return "configure: " + s.Change.Pool
	default:
		return "look: {}"
	}
}

func as(word string) string {
	if word == "" {
		return ""
	}
	return ", as: " + word
}

// String is what follows the action in flow style: nothing, or all with a comma before it.
func (e Effects) String() string {
	var text strings.Builder
	if e.Dials > 0 {
		fmt.Fprintf(&text, ", dials: %d", e.Dials)
	}
	if e.Failures > 0 {
		fmt.Fprintf(&text, ", dial_failures: %d", e.Failures)
	}
	if len(e.Closes) > 0 {
		fmt.Fprintf(&text, ", closes: %s", strings.ReplaceAll(fmt.Sprint(e.Closes), " ", ", "))
	}
	if len(e.Grants) > 0 {
		var grants []string
		for _, grant := range e.Grants {
			grants = append(grants, fmt.Sprintf("%s: %d", key(grant.Who), grant.Conn))
		}
		fmt.Fprintf(&text, ", grants: { %s }", strings.Join(grants, ", "))
	}
	if len(e.Refuses) > 0 {
		var refuses []string
		for _, refusal := range e.Refuses {
			refuses = append(refuses, fmt.Sprintf("%s: %s", key(refusal.Who), refusal.Why))
		}
		fmt.Fprintf(&text, ", refuses: { %s }", strings.Join(refuses, ", "))
	}
	return text.String()
}

// key is a name as a key. N and Y mean something else to some readers of YAML.
func key(who string) string {
	if strings.Contains(who, "|") || who == "N" || who == "Y" || who == "NO" {
		return `"` + who + `"`
	}
	return who
}

func list(items []string) string {
	keys := make([]string, len(items))
	for i, item := range items {
		keys[i] = key(item)
	}
	if len(keys) == 1 {
		return keys[0]
	}
	return "[" + strings.Join(keys, ", ") + "]"
}

// Duration is a time as our configuration writes it.
func Duration(d time.Duration) string {
	if d == 0 {
		return "0s"
	}
	return fmt.Sprintf("%dms", d.Milliseconds())
}
