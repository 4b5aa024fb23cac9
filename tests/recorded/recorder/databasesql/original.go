// Package databasesql records Go's database/sql, with a driver whose connections are numbers.
package databasesql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync/atomic"

	"recorder/sequence"
)

type original struct {
	db *sql.DB
	// What the limits are now, as they were set and clamped.
	maxOpen, maxIdle int
}

func (o *original) Acquire(ctx context.Context, _ string) (sequence.Lease, error) {
	conn, err := o.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	lease := &lease{conn: conn}
	err = conn.Raw(func(raw any) error {
		lease.fake = raw.(*fake)
		return nil
	})
	return lease, err
}

// Waits counts those that had to wait in the queue, whatever became of them.
func (o *original) Waits() int {
	return int(o.db.Stats().WaitCount)
}

type lease struct {
	conn *sql.Conn
	fake *fake
}

func (l *lease) Conn() int { return l.fake.number }

func (l *lease) Release(as string) {
	if as == "broken" {
		l.fake.broken.Store(true)
	}
	if err := l.conn.Close(); err != nil {
		panic(err)
	}
}

type connector struct{ world *sequence.World }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	number, err := c.world.Dial(ctx, "a")
	if err != nil {
		return nil, err
	}
	return &fake{world: c.world, number: number}, nil
}

func (c connector) Driver() driver.Driver { return nil }

// fake is a connection. It is asked whether it still works when it is given back, and when it is lent again.
type fake struct {
	world  *sequence.World
	number int
	broken atomic.Bool
}

func (f *fake) IsValid() bool { return !f.broken.Load() }

func (f *fake) ResetSession(context.Context) error {
	if f.world.Cut(f.number) {
		return driver.ErrBadConn
	}
	return nil
}

func (f *fake) Close() error {
	f.world.Closed(f.number)
	return nil
}

var errUnused = errors.New("recorder: nothing is asked of a connection")

func (f *fake) Prepare(string) (driver.Stmt, error) { return nil, errUnused }
func (f *fake) Begin() (driver.Tx, error)           { return nil, errUnused }
