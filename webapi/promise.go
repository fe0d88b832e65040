package webapi

// Promise is a value that comes later, or the error why it does not.
type Promise[T any] struct {
	tasks   *Tasks
	settled bool
	value   T
	err     error
	waiting []func()
}

func newPromise[T any](tasks *Tasks) *Promise[T] { return &Promise[T]{tasks: tasks} }

// rejected makes a Promise that has an error already.
func rejected[T any](tasks *Tasks, err error) *Promise[T] {
	p := newPromise[T](tasks)
	p.reject(err)
	return p
}

// Then calls one of the two functions, in a task of its own, when the Promise is
// settled. Either may be nil.
func (p *Promise[T]) Then(resolved func(T), rejected func(error)) {
	react := func() {
		switch {
		case p.err != nil && rejected != nil:
			rejected(p.err)
		case p.err == nil && resolved != nil:
			resolved(p.value)
		}
	}
	if p.settled {
		p.tasks.Post(react)
		return
	}
	p.waiting = append(p.waiting, react)
}

// Settled reports whether the value or the error is there.
func (p *Promise[T]) Settled() bool { return p.settled }

// Result is the value and the error, one of which is zero; both are as long as the
// Promise is not settled.
func (p *Promise[T]) Result() (T, error) { return p.value, p.err }

func (p *Promise[T]) resolve(value T) {
	if !p.settled {
		p.value = value
		p.settle()
	}
}

func (p *Promise[T]) reject(err error) {
	if !p.settled {
		p.err = err
		p.settle()
	}
}

// settle calls nobody before the task under way has ended.
func (p *Promise[T]) settle() {
	p.settled = true
	for _, react := range p.waiting {
		p.tasks.Post(react)
	}
	p.waiting = nil
}
