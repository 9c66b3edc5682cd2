// Package resuming has each relationship resumed after this node lost something.
//
// Where the store begins an epoch, each relationship gets its resume before anything else is
// signed for it, and what the other side sends back is handed to the protocols that own it.
// Organisations' nodes reach a person only when she is heard, so both a road and a
// request of hers have it tried. It also asks for single places that stay empty, holds back what
// was said in an epoch that its author has ended, and keeps what proves that.
//
// Of two nodes of one party the one that was restored last goes on: shown that another one
// resumed before, it begins an epoch above that; shown that another one resumed after it, it
// decides nothing more, and says so.
package resuming
