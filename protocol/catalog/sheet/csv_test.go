package sheet

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

const header = "sku,name,category,price,currency\n"

func TestCSVIsReadWhateverItsDress(t *testing.T) {
	want := Row{SKU: "1", Name: "Tea, green", Category: "food/tea", Price: "4.50", Currency: "EUR"}
	for name, c := range map[string]struct {
		text string
		line int
	}{
		"plain":            {header + "1,\"Tea, green\",food/tea,4.50,EUR\n", 2},
		"no last newline":  {header + "1,\"Tea, green\",food/tea,4.50,EUR", 2},
		"byte order mark":  {"\ufeff" + header + "1,\"Tea, green\",food/tea,4.50,EUR\n", 2},
		"semicolons":       {"sku;name;category;price;currency\n1;Tea, green;food/tea;4.50;EUR\n", 2},
		"tabs":             {"sku\tname\tcategory\tprice\tcurrency\n1\tTea, green\tfood/tea\t4.50\tEUR\n", 2},
		"another order":    {"price;currency;category;name;sku\n4.50;EUR;food/tea;Tea, green;1\n", 2},
		"capitals, spaces": {"SKU, Name ,Category,PRICE,Currency\n 1 ,\"Tea, green \",food/tea, 4.50,EUR\n", 2},
		"quoted header":    {"\"sku\";\"name\";\"category\";\"price\";\"currency\"\n1;Tea, green;food/tea;4.50;EUR\n", 2},
		"CRLF":             {"sku,name,category,price,currency\r\n1,\"Tea, green\",food/tea,4.50,EUR\r\n", 2},
		"empty lines":      {header + "\n,,,,\n1,\"Tea, green\",food/tea,4.50,EUR\n , ,,,\n", 4},
	} {
		s, err := Read([]byte(c.text), Sniff)
		want.Line = c.line
		if err != nil || s.Format != CSV || len(s.Rows) != 1 || s.Rows[0] != want {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

func TestCSVRowsKeepTheLineTheyBeginOn(t *testing.T) {
	s, err := Read([]byte(header+"1,\"two\nlines\",food,1,EUR\n2,b,food,1,EUR\n"), CSV)
	if err != nil || len(s.Rows) != 2 || s.Rows[0].Line != 2 || s.Rows[1].Line != 4 {
		t.Errorf("%+v, %v", s.Rows, err)
	}
}

func TestCSVColumnsWithoutMeaningAreNamed(t *testing.T) {
	s, err := Read([]byte("sku,name,category,price,currency,Colour,url,\n1,a,food,1,EUR,red,https://shop.example/1,\n"), CSV)
	if err != nil || !slices.Equal(s.Ignored, []string{"Colour"}) || s.Rows[0].URL != "https://shop.example/1" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestBadCSVIsRefusedWithItsLine(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":             {"", "no items"},
		"header alone":      {header, "no items"},
		"no header":         {"1,Tea,food/tea,4.50,EUR\n", "line 1: no column named sku, name, category, price, currency"},
		"column missing":    {"sku,name,category,currency\n1,a,food,EUR\n", "line 1: no column named price"},
		"column twice":      {"sku,name,category,price,currency,Price\n1,a,food,1,EUR,2\n", `two columns named "price"`},
		"too many columns":  {header[:len(header)-1] + strings.Repeat(",x", 80) + "\n", "85 columns"},
		"field missing":     {header + "1,a,food,1,EUR\n2,b,food,1\n", "line 3: not as many fields"},
		"field too many":    {header + "1,Tea, green,food/tea,4.50,EUR\n", "line 2: not as many fields"},
		"stray quote":       {header + "1,a,food,1,EUR\n2,3\" pipe,food,1,EUR\n", "line 3: a stray double quote"},
		"quote not closed":  {header + "1,\"a,food,1,EUR\n", "a stray double quote"},
		"Latin-1":           {header + "1,a,food,1,EUR\n2,Caf\xe9,food,1,EUR\n", "line 3 is not UTF-8"},
		"UTF-16":            {"\xff\xfes\x00k\x00u\x00", "UTF-16"},
		"too many rows":     {header + strings.Repeat("1,a,food,1,EUR\n", MaxRows+1), "more than 100000 items"},
		"too large":         {header + strings.Repeat("x", MaxFileBytes), "too large"},
		"binary":            {"PK\x03\x04\x14\x00", "no column named"},
		"separators differ": {"sku;name;category;price;currency\n1,a,food,1,EUR\n", "line 2: not as many fields"},
	} {
		s, err := Read([]byte(c.text), CSV)
		if err == nil || !strings.Contains(err.Error(), c.want) || s.Rows != nil {
			t.Errorf("%s: %d rows, %v; want %q", name, len(s.Rows), err, c.want)
		}
		if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v is neither of our errors", name, err)
		}
	}
	if _, err := Read([]byte(header), "xml"); !errors.Is(err, ErrFormat) {
		t.Errorf("unknown format: %v", err)
	}
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{
		header + "1,\"Tea, green\",food/tea,4.50,EUR\n", "sku;name;category;price;currency\n1;a;b;2;EUR\n",
		"\ufeffsku\tname\tcategory\tprice\tcurrency\n1\ta\tb\t2\tEUR\n", header + "1,\"a\"b,c,d,e\n", "\"\n", header + ",,,,\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkSheet(t, data, CSV) })
}

// checkSheet holds what is true of any file: refused whole with our errors, or rows with lines in the file, in bounds.
func checkSheet(t *testing.T, data []byte, format Format) {
	t.Helper()
	s, err := Read(data, format)
	if err != nil {
		if len(s.Rows) != 0 || !errors.Is(err, ErrFormat) && !errors.Is(err, ErrTooLarge) {
			t.Fatalf("%d rows with %v", len(s.Rows), err)
		}
		return
	}
	if len(s.Rows) == 0 || len(s.Rows) > MaxRows {
		t.Fatalf("%d rows", len(s.Rows))
	}
	last := lineAt(data, len(data))
	for _, r := range s.Rows {
		if r.Line < 1 || r.Line > last {
			t.Fatalf("row on line %d of %d", r.Line, last)
		}
	}
	again, err := Read(data, format)
	if err != nil || fmt.Sprint(again) != fmt.Sprint(s) {
		t.Fatalf("read twice, it differs: %v", err)
	}
}
