"""The rules of intake: no I/O, no clock; `now` is the store's time, aware and UTC."""
