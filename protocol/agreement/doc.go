// Package agreement settles terms between a person and an organisation.
//
// The person, the first party, proffers one standard form; the organisation, the
// second, accepts it, offers one alternative, declines, or asks its human (IEEE
// 7012-2025). SPEC.md rules on the messages.
//
// A thread is a proffer and all that is said about it, under the proffer's id. What it amounts
// to is a pure function of the set of records held, whatever their order:
//
//	state     | what is held
//	----------+-------------------------------------------------------------
//	Ended     | an End by either side; else
//	Complete  | a body with both signatures, or an acceptance; else
//	Answered  | an alternative or a decline; else
//	Open      | the proffer alone
//
// What Apply makes of each message, the thread's proffer P being held (before it all is
// ErrUnknown but a proffer, an accept of one, and an acceptance, which begin a thread):
//
//	message            | not held yet           | held, same bytes | held, other bytes
//	-------------------+------------------------+------------------+---------------------------
//	proffer            | begins the thread      | no change        | ErrContradiction
//	accept of P        | kept                   | no change        | ErrContradiction
//	alternative        | kept                   | no change        | another id: kept as a breach,
//	                   |                        |                  | a third: ErrContradiction
//	accept of the alt. | kept, alternative too  | no change        | ErrContradiction
//	decline of P       | kept, by second        | no change        | ErrContradiction
//	decline of the alt.| kept, by first, if the | no change        | ErrContradiction
//	                   | alternative is held    |                  |
//	end                | kept, one by each side | no change        | ErrContradiction
//	receipt            | kept, for its place    | no change        | of other bytes than are held:
//	                   |                        |                  | ErrContradiction
//
// A record between other keys is ErrSigner, about another thread ErrUnknown. These pairs are
// kept although they contradict each other, since holding both is the proof: an accept and a
// decline of P, an accept of P and an alternative, a decline of P and an alternative, two
// alternatives, an accept and a decline of one alternative, accepts of two. See Breaches.
//
// What follows by itself, signed in the same step: a body that the other side completed after
// its answer_by, by this side's clock, is ended (ReasonLate); so is a thread in which the
// other side contradicted itself (ReasonVoid). An End is about the thread: it also ends what
// was agreed by an alternative, and before anything is complete it withdraws.
//
// Bounds: one request and one response of 256 KiB each; a thread holds at most one proffer, two
// alternatives, three accepts, two declines, two ends, a receipt for each and 64 a side that say
// nothing new; 16 proffers of one person wait for an organisation's human at once, 4096 in all; a
// receipt names 64 records.
package agreement
