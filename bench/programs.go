package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// program is a server that is not written in Go: a script in peers, and what runs
// it. It gets the setting as its last argument, and answers as serveCommand does.
type program struct {
	runtime string   // a name in PATH, or a path in peers/node_modules
	args    []string // up to the setting
	needs   string   // a path in peers/node_modules, besides
}

// peersFolder is where the scripts lie, seen from the root of the checkout or
// from the module.
func peersFolder() (string, error) {
	for _, folder := range []string{"bench/peers", "peers"} {
		if _, err := os.Stat(filepath.Join(folder, "control.mjs")); err == nil {
			return filepath.Abs(folder)
		}
	}
	return "", fmt.Errorf("there is no bench/peers here: run it in a checkout")
}

// find is the path of the runtime; the error says what is not installed.
func (p *program) find() (string, error) {
	folder, err := peersFolder()
	if err != nil {
		return "", err
	}
	installed := filepath.Join(folder, "node_modules")
	if _, err := os.Stat(filepath.Join(installed, p.needs)); err != nil {
		return "", fmt.Errorf("%s is not installed: npm ci --prefix bench/peers", p.needs)
	}
	if filepath.Base(p.runtime) == p.runtime {
		return exec.LookPath(p.runtime)
	}
	return filepath.Join(installed, p.runtime), nil
}

// become replaces this process, which is pinned already, by the program.
func (p *program) become(s setting) error {
	path, err := p.find()
	if err != nil {
		return err
	}
	folder, err := peersFolder()
	if err != nil {
		return err
	}
	if err := os.Chdir(folder); err != nil {
		return err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	args := append([]string{p.runtime}, p.args...)
	return syscall.Exec(path, append(args, string(text)), append(os.Environ(), "DENO_NO_UPDATE_CHECK=1", "NO_COLOR=1"))
}
