package webapi_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onclose/websocket/webapi"
)

func TestTasksRunInOrderUntilNoneIsLeft(t *testing.T) {
	tasks := webapi.NewTasks()
	var got []int
	tasks.Checkpoint = func() { got = append(got, 0) }
	tasks.Post(func() {
		got = append(got, 1)
		tasks.Post(func() { got = append(got, 3) })
	})
	tasks.Post(func() { got = append(got, 2) })
	if err := tasks.Run(context.Background()); err != nil || !slices.Equal(got, []int{1, 0, 2, 0, 3, 0}) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestRunWaitsForWhoHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tasks, ran := webapi.NewTasks(), false
		release := tasks.Hold()
		time.AfterFunc(time.Minute, func() {
			tasks.Post(func() { ran = true })
			release()
			release()
		})
		start := time.Now()
		if err := tasks.Run(context.Background()); err != nil || !ran || time.Since(start) != time.Minute {
			t.Errorf("%v, ran %v, after %v", err, ran, time.Since(start))
		}
	})
}

func TestRunEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tasks := webapi.NewTasks()
		defer tasks.Hold()()
		cause := errors.New("cause")
		ctx, cancel := context.WithCancelCause(context.Background())
		time.AfterFunc(time.Minute, func() { cancel(cause) })
		if err := tasks.Run(ctx); err != cause {
			t.Errorf("%v", err)
		}
		tasks.Post(func() { t.Error("a task ran after the end") })
		if err := tasks.Run(ctx); err != cause {
			t.Errorf("again: %v", err)
		}
	})
}
