package sobek

import (
	"context"
	"fmt"

	js "github.com/grafana/sobek"
	"github.com/grafana/sobek/parser"
)

// Loader finds the module that an import names: its own name, by which it is told
// apart and shown in errors, and its source. referrer is the name of the module
// that imports it.
type Loader func(referrer, specifier string) (name, source string, err error)

// RunModule evaluates an ES module, and what it imports. Its errors are those of
// RunScript. What waits for an await at top level is done by Run; what the module
// throws behind it is reported as any exception, and then it is the error of Run.
func (s *Scope) RunModule(ctx context.Context, name, source string, load Loader) error {
	return s.evaluate(ctx, func() error {
		loaded := &modules{load: load, byName: map[string]js.ModuleRecord{}, names: map[js.ModuleRecord]string{}}
		s.Runtime.SetImportModuleDynamically(s.importDynamically(loaded))
		main, err := loaded.parse(name, source)
		if err != nil {
			return err
		}
		if err := main.Link(); err != nil {
			return err
		}
		promise := s.Runtime.CyclicModuleRecordEvaluate(main, loaded.resolve)
		if promise.State() == js.PromiseStateRejected {
			s.rejections.track(promise, js.PromiseRejectionHandle)
			return thrownBy(promise)
		}
		s.module = promise
		return nil
	})
}

// modules are those that were loaded, each once.
type modules struct {
	load   Loader
	byName map[string]js.ModuleRecord
	names  map[js.ModuleRecord]string
}

func (m *modules) parse(name, source string) (*js.SourceTextModuleRecord, error) {
	script, err := parser.ParseFile(nil, name, source, 0, parser.IsModule, parser.WithDisableSourceMaps)
	if err != nil {
		return nil, err
	}
	module, err := js.ModuleFromAST(script, m.resolve)
	if err != nil {
		return nil, err
	}
	m.byName[name] = module
	m.names[module] = name
	return module, nil
}

func (m *modules) resolve(referrer any, specifier string) (js.ModuleRecord, error) {
	record, _ := referrer.(js.ModuleRecord)
	name, source, err := m.load(m.names[record], specifier)
	if err != nil {
		return nil, fmt.Errorf("cannot import %q: %w", specifier, err)
	}
	if module, ok := m.byName[name]; ok {
		return module, nil
	}
	return m.parse(name, source)
}

// importDynamically is import(), which loads in a task.
func (s *Scope) importDynamically(loaded *modules) js.ImportModuleDynamicallyCallback {
	return func(referrer any, specifier js.Value, capability any) {
		name := specifier.String()
		s.env.Tasks.Post(func() {
			module, err := loaded.resolve(referrer, name)
			if err != nil {
				s.Runtime.FinishLoadingImportModule(referrer, specifier, capability, nil, s.Runtime.NewTypeError(err.Error()))
				return
			}
			s.Runtime.FinishLoadingImportModule(referrer, specifier, capability, module, nil)
		})
	}
}
