// Package nethttp records the pool of Go's net/http.Transport. A lease is a response whose body is not read to its
// end; servers are goroutines at the other ends of pipes.
package nethttp

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"recorder/sequence"
)

type original struct {
	transport *http.Transport
	network   *network
}

func (o original) Acquire(ctx context.Context, endpoint string) (sequence.Lease, error) {
	// What is given to acquire ends with it, while the request's own context rules until the body is read.
	whole, cancel := context.WithCancelCause(context.Background())
	stop := context.AfterFunc(ctx, func() { cancel(ctx.Err()) })
	defer stop()
	request, err := http.NewRequestWithContext(whole, http.MethodGet, "http://"+endpoint+"/", nil)
	if err != nil {
		panic(err)
	}
	response, err := o.transport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(response.Header.Get("Number"))
	if err != nil {
		panic(err)
	}
	return lease{o.network, response, number}, nil
}

// SeesCuts says that each connection is read all the time.
func (o original) SeesCuts() {}

func (o original) CutConn(conn int) {
	if err := o.network.peer(conn).conn.Close(); err != nil {
		panic(err)
	}
}

type lease struct {
	network  *network
	response *http.Response
	number   int
}

func (l lease) Conn() int { return l.number }

func (l lease) Release(as string) {
	if as != "broken" {
		l.network.peer(l.number).finish <- struct{}{}
		if _, err := io.Copy(io.Discard, l.response.Body); err != nil {
			panic(err)
		}
	}
	// A body that was not read to its end takes the connection with it.
	if err := l.response.Body.Close(); err != nil {
		panic(err)
	}
}

// network is the servers, by the numbers of their connections.
type network struct {
	world *sequence.World
	mu    sync.Mutex
	peers map[int]*peer
}

// peer is the server's end of a connection.
type peer struct {
	number int
	conn   net.Conn
	finish chan struct{}
}

func (n *network) peer(number int) *peer {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.peers[number]
}

func (n *network) dial(ctx context.Context, _, address string) (net.Conn, error) {
	host, _, _ := strings.Cut(address, ":")
	number, err := n.world.Dial(ctx, host)
	if err != nil {
		return nil, err
	}
	near, far := net.Pipe()
	peer := &peer{number, far, make(chan struct{})}
	n.mu.Lock()
	n.peers[number] = peer
	n.mu.Unlock()
	go peer.serve()
	return fake{near, n.world, number}, nil
}

// serve answers each request with a header at once, and with a body of one byte when the lease is to end.
func (p *peer) serve() {
	reader := bufio.NewReader(p.conn)
	for {
		if _, err := http.ReadRequest(reader); err != nil {
			return
		}
		if _, err := fmt.Fprintf(p.conn, "HTTP/1.1 200 OK\r\nNumber: %d\r\nContent-Length: 1\r\n\r\n", p.number); err != nil {
			return
		}
		<-p.finish
		if _, err := p.conn.Write([]byte{'.'}); err != nil {
			return
		}
	}
}

// fake is the client's end of a connection.
type fake struct {
	net.Conn
	world  *sequence.World
	number int
}

func (f fake) Close() error {
	f.world.Closed(f.number)
	return f.Conn.Close()
}
