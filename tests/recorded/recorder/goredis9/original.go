// Package goredis9 records the pool inside go-redis 9. It lies within go-redis' own tree when it is built, since that
// pool is internal.
package goredis9

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9/internal/pool"

	"recorder/sequence"
)

func (o Options) open(world *sequence.World) sequence.Original {
	sockets := &sockets{world: world, peers: map[int]int{}}
	return original{sockets, pool.NewConnPool(&pool.Options{
		Dialer:   sockets.dial,
		PoolFIFO: o.PoolFIFO, PoolSize: int32(o.PoolSize), MaxConcurrentDials: o.MaxConcurrent,
		DialTimeout: 5 * time.Second, PoolTimeout: o.PoolTimeout,
		MinIdleConns: int32(o.MinIdleConns), MaxIdleConns: int32(o.MaxIdleConns),
		MaxActiveConns:  int32(o.MaxActiveConns),
		ConnMaxIdleTime: o.ConnMaxIdleTime, ConnMaxLifetime: o.ConnMaxLifetime,
		DialerRetries: o.DialerRetries, DialerRetryTimeout: o.DialerRetryTimeout,
		// Small, since nothing is read or written.
		ReadBufferSize: 64, WriteBufferSize: 64,
	})}
}

type original struct {
	*sockets
	pool *pool.ConnPool
}

// Acquire does what the client does: get, and if the connection is new, bring it to where initialising does.
func (o original) Acquire(ctx context.Context, _ string) (sequence.Lease, error) {
	conn, err := o.pool.Get(ctx)
	if err != nil {
		return nil, err
	}
	if !conn.IsInited() {
		states := conn.GetStateMachine()
		if _, err := states.TryTransition([]pool.ConnState{pool.StateCreated}, pool.StateInitializing); err != nil {
			panic(err)
		}
		states.Transition(pool.StateIdle)
		if !conn.TryAcquire() {
			panic("a connection just initialised cannot be used")
		}
	}
	number, err := strconv.Atoi(conn.RemoteAddr().String())
	return lease{o.pool, conn, number}, err
}

type lease struct {
	pool   *pool.ConnPool
	conn   *pool.Conn
	number int
}

func (l lease) Conn() int { return l.number }

// Release does what the client does after a command: the connection was used just now.
func (l lease) Release(as string) {
	l.conn.SetUsedAt(time.Now())
	if as == "broken" {
		l.pool.Remove(context.Background(), l.conn, fmt.Errorf("recorder: broken"))
	} else {
		l.pool.Put(context.Background(), l.conn)
	}
}

// sockets are real ones, since the pool peeks into each before it lends it: pairs within this process.
type sockets struct {
	world *sequence.World
	peers map[int]int
}

func (s *sockets) dial(ctx context.Context) (net.Conn, error) {
	number, err := s.world.Dial(ctx, "a")
	if err != nil {
		return nil, err
	}
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		panic(err)
	}
	s.world.Locked(func() { s.peers[number] = pair[1] })
	return fake{world: s.world, number: number, socket: pair[0]}, nil
}

// CutConn closes the peer's end.
func (s *sockets) CutConn(conn int) {
	s.world.Locked(func() { _ = syscall.Close(s.peers[conn]) })
}

// fake is a connection from which nothing is read, and whose address is its number.
type fake struct {
	net.Conn
	world  *sequence.World
	number int
	socket int
}

func (f fake) Close() error {
	f.world.Closed(f.number)
	return nil
}

func (f fake) RemoteAddr() net.Addr                  { return address(f.number) }
func (f fake) SetDeadline(time.Time) error           { return nil }
func (f fake) SyscallConn() (syscall.RawConn, error) { return raw(f.socket), nil }

// raw is a socket for whoever wants to peek into it.
type raw uintptr

func (r raw) Control(do func(uintptr)) error    { do(uintptr(r)); return nil }
func (r raw) Read(do func(uintptr) bool) error  { do(uintptr(r)); return nil }
func (r raw) Write(do func(uintptr) bool) error { do(uintptr(r)); return nil }

type address int

func (a address) Network() string { return "recorder" }
func (a address) String() string  { return strconv.Itoa(int(a)) }
