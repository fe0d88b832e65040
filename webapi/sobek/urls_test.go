package sobek

import (
	"fmt"
	"strings"
	"testing"
)

// Each row is what URL is given, a base or nothing, and href; empty is a TypeError.
func TestURLIsTheURLStandards(t *testing.T) {
	for _, row := range [][3]string{
		{"HTTP://Example.COM:80/%7Ea/../b?c#d", "", "http://example.com/b?c#d"},
		{"https://u:p@a:444/", "", "https://u:p@a:444/"},
		{"ftp://a:21/x", "", "ftp://a/x"},
		{"file:///C|/a/../..", "", "file:///C:/"},
		{"file://localhost/a", "", "file:///a"},
		{"mailto:a@b", "", "mailto:a@b"},
		{"data:text/plain,a b", "", "data:text/plain,a b"},
		{"javascript:1 + 1", "", "javascript:1 + 1"},
		{"x:/a/./b", "", "x:/a/b"},
		{"x://A.b/", "", "x://A.b/"},
		{"x://a b/", "", ""},
		{"x://a%zz/", "", "x://a%zz/"},
		{"x:a/../b", "", "x:a/../b"},
		{"x:/..//a", "", "x:/.//a"},
		{"http://a^b/", "", ""},
		{"http://[[::1]]/", "", ""},
		{"http://1.2.-3/", "", "http://1.2.-3/"},
		{"http://xn--a-/", "", ""},
		{"http://\u00fc_/", "", "http://xn--_-dha/"},
		{"http://a/b|c^d`e", "", "http://a/b|c%5Ed%60e"},
		{"http://a/?'", "", "http://a/?%27"},
		{"x://a/?'", "", "x://a/?'"},
		{"http://a/#`", "", "http://a/#%60"},
		{"", "", ""},
		{"a", "", ""},
		{"//a", "", ""},
		{"a", "http://h/x/y", "http://h/x/a"},
		{"../a", "http://h/x/y", "http://h/a"},
		{"//g", "http://h/x/y", "http://g/"},
		{"?q", "http://h/x/y?p#f", "http://h/x/y?q"},
		{"#g", "http://h/x/y?p#f", "http://h/x/y?p#g"},
		{"", "http://h/x/y?p#f", "http://h/x/y?p"},
		{"#g", "mailto:a", "mailto:a#g"},
		{"b", "mailto:a", ""},
		{"http:a", "http://h/x/y", "http://h/x/a"},
		{"https:a", "http://h/x/y", "https://a/"},
		{`\\g\a`, "http://h/", "http://g/a"},
		{"/C|/a", "file:///D:/b", "file:///C:/a"},
		{"/a", "file:///D:/b", "file:///D:/a"},
		{"http://a/", "none", ""},
	} {
		base := ""
		if row[1] != "" {
			base = fmt.Sprintf(", %q", row[1])
		}
		want := row[2]
		if want == "" {
			want = "TypeError"
		}
		out, stderr := run(t, fmt.Sprintf("try { print(new URL(%q%s).href) } catch (e) { print(e.name) }", row[0], base))
		if out != want+"\n" || stderr != "" {
			t.Errorf("new URL(%q%s): got %q, want %q %s", row[0], base, strings.TrimSpace(out), want, stderr)
		}
	}
}

func TestURLHasTheMembersOfTheStandard(t *testing.T) {
	expect(t, `
		const u = new URL("https://u:p@example.com:8443/a/b?c=d&e=1#f");
		print(u.origin, u.protocol, u.username, u.password, u.host, u.hostname, u.port, u.pathname, u.search, u.hash);
		u.host = "1.2.-3:81"; print(u.href);
		u.hostname = "xn--a-"; print(u.hostname);
		u.port = "443"; print(u.host);
		u.pathname = "x|y z"; print(u.pathname);
		u.search = "q=ü"; print(u.search, u.searchParams.get("q"));
		u.searchParams.append("r", "a b"); print(u.search);
		u.hash = ""; print(u.href);
		u.protocol = "mailto"; print(u.protocol);
		print(new URL("blob:https://example.com/1").origin, new URL("data:,").origin, new URL("file:///a").origin);
		print(URL.canParse("a"), URL.canParse("a", "http://b"), URL.parse("a"), URL.parse("a", "http://b").href, URL.canParse("http://a", ""));
	`,
		"https://example.com:8443 https: u p example.com:8443 example.com 8443 /a/b ?c=d&e=1 #f",
		"https://u:p@1.2.-3:81/a/b?c=d&e=1#f", "1.2.-3", "1.2.-3", "/x|y%20z", "?q=%C3%BC ü", "?q=%C3%BC&r=a+b",
		"https://u:p@1.2.-3/x|y%20z?q=%C3%BC&r=a+b", "https:",
		"https://example.com null null", "false true null http://b/a false")
}
