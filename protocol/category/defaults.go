package category

// Described is a category with one plain line that says what belongs in it.
type Described struct {
	Path Path
	Text string
}

// Defaults returns the 24 top categories that a new community starts with, in the order of their names, in a slice that
// the caller owns. A community may replace them; what it lists is at most MaxTops.
func Defaults() []Described {
	return []Described{
		{Path{"animals"}, "Pets and farm animals: their food, housing and care."},
		{Path{"beauty"}, "Cosmetics, hair, skin and the people who look after them."},
		{Path{"bicycles"}, "Bicycles of every kind, their parts, repair and hire."},
		{Path{"books"}, "Books, newspapers, magazines and maps, new or old."},
		{Path{"building"}, "Materials for building and mending a house: timber, paint, pipes, wire."},
		{Path{"children"}, "Whatever babies and children need beyond toys: prams, seats, nappies."},
		{Path{"clothing"}, "Clothes, shoes, bags and jewellery, made or mended."},
		{Path{"crafts"}, "Handmade things and art, with the materials to make them."},
		{Path{"drink"}, "Drinks ready to pour: water, juice, beer, wine, spirits."},
		{Path{"electronics"}, "Computers, telephones, cameras, sound and their repair."},
		{Path{"food"}, "Things to eat or brew at home: groceries, bread, coffee beans, tea."},
		{Path{"furniture"}, "Tables, chairs, beds, shelves and lamps."},
		{Path{"garden"}, "Plants, seeds, soil, pots and all that a garden takes."},
		{Path{"health"}, "Medicines, aids, glasses and care of the body."},
		{Path{"home"}, "Household things: cleaning, linen, locks, heating, decoration."},
		{Path{"kitchen"}, "Pots, knives, crockery, coffee gear and kitchen machines."},
		{Path{"music"}, "Instruments, records, scores, lessons and concerts."},
		{Path{"office"}, "Paper, pens, printing, desks and supplies for work."},
		{Path{"outdoors"}, "Camping, hiking, fishing, boats and travel gear."},
		{Path{"services"}, "Work done for you: trades, lessons, moving, care, advice."},
		{Path{"sport"}, "Equipment, clubs and courses for games and exercise."},
		{Path{"tools"}, "Hand and power tools, fixings, workwear and hire."},
		{Path{"toys"}, "Toys, board games and puzzles for any age."},
		{Path{"vehicles"}, "Cars, motorcycles, trailers, their parts and repair."},
	}
}
