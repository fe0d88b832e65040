package observe

import "unsafe"

// EntryBytes is what a recorded frame takes.
const EntryBytes = unsafe.Sizeof(entry{})
