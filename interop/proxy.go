package interop

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"text/template"
)

// Proxy is a reverse proxy that others wrote, in front of one server, in a
// process of its own.
type Proxy struct {
	// Host is where it listens without TLS, SecureHost where it ends TLS: either
	// is "127.0.0.1:40000".
	Host, SecureHost string

	process *process
}

// Proxies are the names that StartProxy knows.
var Proxies = []string{"nginx", "haproxy"}

// proxyPrograms says how each is run in the foreground. The configurations are
// the least with which a WebSocket passes: every setting that could matter to a
// close is the proxy's default.
var proxyPrograms = map[string]struct {
	args          []string // in front of the configuration's name
	configuration string
}{
	"nginx":   {[]string{"-e", "stderr", "-c"}, nginxConfiguration},
	"haproxy": {[]string{"-db", "-f"}, haproxyConfiguration},
}

const nginxConfiguration = `
daemon off;
master_process off;
pid {{.Dir}}/nginx.pid;
error_log stderr;
events {}
http {
	access_log off;
	client_body_temp_path {{.Dir}}/body;
	proxy_temp_path {{.Dir}}/proxy;
	fastcgi_temp_path {{.Dir}}/fastcgi;
	uwsgi_temp_path {{.Dir}}/uwsgi;
	scgi_temp_path {{.Dir}}/scgi;
	server {
		listen {{.Host}};
		listen {{.SecureHost}} ssl;
		ssl_certificate {{.Certificate}};
		ssl_certificate_key {{.Certificate}};
		location / {
			proxy_pass http://{{.Upstream}};
			proxy_http_version 1.1;
			proxy_set_header Upgrade $http_upgrade;
			proxy_set_header Connection upgrade;
			proxy_set_header Host $http_host;
		}
	}
}
`

const haproxyConfiguration = `
defaults
	mode http
	timeout connect 10s
	timeout client 60s
	timeout server 60s
listen proxy
	bind {{.Host}}
	bind {{.SecureHost}} ssl crt {{.Certificate}}
	server upstream {{.Upstream}}
`

// startProxy starts the proxy of that name, which keeps its files in dir. It
// blocks until the upstream server's /healthz, which must be 200, is seen
// through it; the error wraps exec.ErrNotFound when it is not installed.
func startProxy(ctx context.Context, name, dir, upstream string, c *certificate) (*Proxy, error) {
	path, err := exec.LookPath(name)
	if err != nil { // Debian has both in a directory that may be root's alone
		path, err = exec.LookPath("/usr/sbin/" + name)
	}
	if err != nil {
		return nil, fmt.Errorf("interop: %w", err)
	}
	settings := map[string]string{"Dir": dir, "Upstream": upstream, "Certificate": c.file}
	for range 3 { // between our look and the proxy's somebody may take a port
		var p *Proxy
		if p, err = launchProxy(ctx, name, path, settings); err == nil {
			return p, nil
		}
	}
	return nil, fmt.Errorf("interop: %s: %w", name, err)
}

// launchProxy tries to start the program at path on two free ports.
func launchProxy(ctx context.Context, name, path string, settings map[string]string) (*Proxy, error) {
	p := new(Proxy)
	var err error
	if p.Host, p.SecureHost, err = freeHosts(); err != nil {
		return nil, err
	}
	settings["Host"], settings["SecureHost"] = p.Host, p.SecureHost
	program := proxyPrograms[name]
	var text bytes.Buffer
	if err := template.Must(template.New(name).Parse(program.configuration)).Execute(&text, settings); err != nil {
		return nil, err
	}
	file := filepath.Join(settings["Dir"], name+".conf")
	if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
		return nil, err
	}
	if p.process, err = startProcess(exec.Command(path, append(program.args, file)...)); err != nil {
		return nil, err
	}
	healthy, err := get(ctx, "http://"+p.Host+"/healthz")
	if err != nil {
		p.Close()
		return nil, err
	}
	return p, healthy.Body.Close()
}

// Close ends the proxy.
func (p *Proxy) Close() { p.process.stop() }

// freeHosts finds two addresses on which nobody listens: neither proxy can be
// told to choose one itself and to say which.
func freeHosts() (first, second string, err error) {
	var hosts [2]string
	for i := range hosts {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", "", err
		}
		defer l.Close()
		hosts[i] = l.Addr().String()
	}
	return hosts[0], hosts[1], nil
}
