"""The rules of matching: no I/O, no clock; `now` is the store's time, aware and UTC."""
