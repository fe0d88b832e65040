package wstest

import "time"

// deadline wakes the goroutines that wait on a flow when its time has come.
type deadline struct {
	flow   *flow
	passed bool
	timer  *time.Timer
}

func (d *deadline) set(t time.Time) {
	d.flow.pipe.mu.Lock()
	defer d.flow.pipe.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	d.passed = !t.IsZero() && !time.Now().Before(t)
	if !t.IsZero() && !d.passed {
		var timer *time.Timer
		timer = time.AfterFunc(time.Until(t), func() {
			d.flow.pipe.mu.Lock()
			defer d.flow.pipe.mu.Unlock()
			if d.timer == timer {
				d.passed = true
				d.flow.changed.Broadcast()
			}
		})
		d.timer = timer
	}
	d.flow.changed.Broadcast()
}
