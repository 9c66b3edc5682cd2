package main

import (
	"testing"
	"time"
)

func TestLengthsOfTimeReadAsPeopleWriteThem(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"3d": 72 * time.Hour, "0d": 0, "24h": 24 * time.Hour, "90s": 90 * time.Second, "1h30m": 90 * time.Minute, "0s": 0,
	} {
		var l lapse
		if err := l.Set(in); err != nil || time.Duration(l) != want {
			t.Errorf("%s is %s (%v), want %s", in, time.Duration(l), err, want)
		}
	}
	for _, bad := range []string{"", "soon", "3", "-3d", "-1h", "1.5d", "999999999d", "d"} {
		l := lapse(time.Minute)
		if err := l.Set(bad); err == nil || l != lapse(time.Minute) {
			t.Errorf("%q gives %s (%v), want an error and no change", bad, time.Duration(l), err)
		}
	}
}

func TestLengthsOfTimeAreWrittenShort(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"3d": 72 * time.Hour, "24h": 24 * time.Hour, "15m": 15 * time.Minute, "10s": 10 * time.Second, "0s": 0, "1h30m": 90 * time.Minute,
	} {
		if l := lapse(d); l.String() != want {
			t.Errorf("%s is written %s, want %s", d, l.String(), want)
		}
	}
}

func TestDatesAreMidnightHere(t *testing.T) {
	var d day
	if err := d.Set("2027-03-31"); err != nil || !d.t.Equal(time.Date(2027, 3, 31, 0, 0, 0, 0, time.Local)) {
		t.Errorf("got %s (%v)", d.t, err)
	}
	if err := d.Set("2027-03-31T10:00:00+02:00"); err != nil || !d.t.Equal(time.Date(2027, 3, 31, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("got %s (%v)", d.t, err)
	}
	was := d.t
	for _, bad := range []string{"", "tomorrow", "31.3.2027", "2027-02-30"} {
		if err := d.Set(bad); err == nil || !d.t.Equal(was) {
			t.Errorf("%q gives %s (%v), want an error and no change", bad, d.t, err)
		}
	}
	if (&day{}).wire() != nil {
		t.Error("no date is sent as one")
	}
}
