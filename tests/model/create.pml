// SPDX-License-Identifier: Apache-2.0
/* Creation under a limit, as a Spin model: creators that each saw too few volumes create one, wait, count, and the
   surplus ones give theirs up, while a third party takes whatever is free. It must not be tuned until it passes:
   every switch that removes a rule has to convict, and `run` says so when one does not.

   creator(i)  makes volume i with an idempotent token; gives up iff at least LIMIT others have a smaller (create
               time, id); may stall without bound, die, or reboot with its memory lost and its attachment kept;
   third       claims, verifies, writes and lets go of any volume that is free, as often as it likes;
   sweeper     deletes volumes that are void and free, as the remains of a crash;
   net         creations and deletions without an answer land late in their window.
   Time is unbounded, in countdowns. A create time is a tick; within one tick the id decides.
   Promised: no volume with data is voided or deleted; when the creators are through, at most LIMIT of their volumes
   remain that nobody else has written to; of those created, the LIMIT smallest remain. */
#ifndef DELTA
#define DELTA 1
#endif
#ifndef CREATORS
#define CREATORS 2
#endif
#ifndef LIMIT
#define LIMIT 1
#endif
#ifndef FAULTS
#define FAULTS 1
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef WINDOW
#define WINDOW 2
#endif
#ifndef LEASE
#define LEASE 3                 /* life of the creator's own flag, which the creation carries */
#endif
#define CW (2 * DELTA + 1)
#define LAG (DELTA + 1)
#ifdef NO_CREATE_WAIT
#define COUNTWAIT 0
#else
#define COUNTWAIT CW
#endif
#ifdef NO_VOID_WAIT
#define VOIDWAIT 0
#else
#define VOIDWAIT LAG
#endif

#ifdef THIRD_WAITS
#define THIRDWAIT LAG
#else
#define THIRDWAIT 0
#endif

#ifdef STORY
#define say(...) printf(__VA_ARGS__)
#else
#define say(...) skip
#endif

#define NONE 0
#define FREE 1
#define MINE 2
#define THIRD 3
#define DELETED 4

#define START 0
#define CREATE 1
#define UCREATE 2
#define COUNT 3
#define KEEP 4
#define LOOK 5
#define HOLD 6
#define PROVE 7
#define MARK 8
#define LETGO 9
#define DELETE 10
#define UDELETE 11
#define FULL 12
#define DONE 13
#define DEAD 14

/* volumes: state, place in the order of create times, created in this tick, lag of existence, void and its lag,
   life of the creator's flag and the lag of a renewal, holds data, data of the third party; requests under way and their windows */
byte st[CREATORS], ord[CREATORS], cel[CREATORS], cvl[CREATORS], fx[CREATORS], fl[CREATORS], cq[CREATORS], dq[CREATORS];
bool fresh[CREATORS], isvoid[CREATORS], data[CREATORS], foreign[CREATORS], made[CREATORS];
/* creators: program counter, timer, window */
byte pc[CREATORS], tm[CREATORS], wt[CREATORS];
byte xp, xc, xt;
byte faults = FAULTS, crashes = CRASHES;
byte n, j, r;

inline dec(x) { if :: x > 0 -> x-- :: else fi }
inline seesvoid(i, v) { if :: v = isvoid[i] :: cvl[i] > 0 -> v = 0 fi }

/* the service assigns the create time: after all of earlier ticks, by id among those of this tick */
inline born(i) {
  say("volume %d is created\n", i);
  n = 0; j = 0;
  do
  :: j < CREATORS ->
     if
     :: j != i && made[j] && !(fresh[j] && j > i) -> n++
     :: j != i && made[j] && fresh[j] && j > i -> ord[j]++
     :: else
     fi;
     j++
  :: else -> break
  od;
  ord[i] = n; st[i] = FREE; fresh[i] = 1; made[i] = 1; cel[i] = LAG; fx[i] = LEASE + CW
}
inline destroyed(i) { say("volume %d is deleted\n", i); assert(!data[i]); st[i] = DELETED; cel[i] = 0; cvl[i] = 0; fx[i] = 0; fl[i] = 0; cq[i] = 0; dq[i] = 0 }

/* lineages a reader sees: with `smaller`, only those before volume i */
inline count(i, smaller) {
  n = 0; j = 0;
  do
  :: j < CREATORS ->
     if
     :: j == i || st[j] == NONE || st[j] == DELETED || (smaller && ord[j] > ord[i]) -> skip
     :: else ->
        if
        :: cel[j] > 0                                   /* not yet seen */
        :: isvoid[j]
        :: !isvoid[j] || cvl[j] > 0 -> n++
        fi
     fi;
     j++
  :: else -> break
  od
}

active proctype clock() {
  do
  :: d_step { say("tick\n"); dec(xt); j = 0;
       do
       :: j < CREATORS -> dec(cel[j]); dec(cvl[j]); dec(fx[j]); dec(fl[j]); dec(cq[j]); dec(tm[j]); dec(wt[j]); fresh[j] = 0;
#ifndef LATE_DELETE
          dec(dq[j]);
#endif
          j++
       :: else -> break
       od;
       j = 0 }
  od
}

active proctype third() {
  do
  :: atomic { xp == 0 -> j = 0; do :: j < CREATORS - 1 -> j++ :: break od;
       if :: st[j] == FREE -> say("third attaches %d\n", j); st[j] = THIRD; xc = j; xt = THIRDWAIT; xp = 1 :: else fi;
       j = 0 }
  :: atomic { xp == 1 -> seesvoid(xc, r); if :: !r && (fx[xc] == 0 || fl[xc] > 0) && xt == 0 -> say("third judges %d free\n", xc); xp = 2 :: else fi;
       r = 0 }
  :: atomic { xp == 1 || xp == 2 -> say("third yields %d\n", xc); st[xc] = FREE; xp = 0; xc = 0; xt = 0 }
  :: atomic { xp == 2 -> say("third writes to %d\n", xc); data[xc] = 1; foreign[xc] = 1; xp = 3 }
  :: atomic { xp == 3 -> say("third lets %d go\n", xc); st[xc] = FREE; xp = 0; xc = 0; xt = 0 }
  od
}

active proctype sweeper() {
  do
  :: atomic { j = 0; do :: j < CREATORS - 1 -> j++ :: break od;
       if :: st[j] == FREE && isvoid[j] -> say("sweeper: "); destroyed(j) :: else fi;
       j = 0 }
  od
}

active proctype net() {
  do
  :: atomic { j = 0; do :: j < CREATORS - 1 -> j++ :: break od; r = j;
       if
       :: cq[r] > 0 && st[r] == NONE -> cq[r] = 0; say("net: "); born(r)
       :: dq[r] > 0 && st[r] == FREE -> say("net: "); destroyed(r)
       :: else
       fi;
       j = 0; n = 0; r = 0 }
  od
}

proctype creator(byte i) {
  do
  :: atomic { pc[i] == START -> count(i, false);
       if
       :: st[i] != DELETED && (n < LIMIT || (st[i] != NONE)) ->
          pc[i] = CREATE; wt[i] = WINDOW;
#ifdef CREATE_WAIT_FROM_SEND
          tm[i] = COUNTWAIT
#endif
#ifdef FULL_IS_FINAL
       :: st[i] == DELETED || (n >= LIMIT && st[i] == NONE) -> pc[i] = DONE
#else
       :: st[i] == DELETED || (n >= LIMIT && st[i] == NONE) -> tm[i] = WINDOW + LAG; pc[i] = FULL
#endif
       fi;
       j = 0; n = 0 }
  /* a creation of my life before a reboot may still be under way: look again when its window is closed */
  :: atomic { pc[i] == FULL && tm[i] == 0 -> if :: st[i] == NONE || st[i] == DELETED -> pc[i] = DONE :: else -> pc[i] = COUNT fi }
  :: atomic { pc[i] == CREATE ->
       if
       :: wt[i] == 0 -> pc[i] = UCREATE
       :: wt[i] > 0 && st[i] == DELETED -> pc[i] = DONE
       :: wt[i] > 0 && st[i] != DELETED ->
          if :: st[i] == NONE -> cq[i] = 0; born(i) :: else fi;
          pc[i] = COUNT;
#ifndef CREATE_WAIT_FROM_SEND
          tm[i] = COUNTWAIT
#endif
       :: wt[i] > 0 && st[i] == NONE && faults > 0 && cq[i] == 0 -> say("creator %d: no answer\n", i); faults--; cq[i] = wt[i]; pc[i] = UCREATE
       fi;
       wt[i] = 0;
       j = 0; n = 0 }
  :: atomic { pc[i] == UCREATE -> pc[i] = CREATE; wt[i] = WINDOW }          /* the same token: the same volume */
  :: atomic { pc[i] == COUNT && tm[i] == 0 -> count(i, true); r = n;
#ifdef NO_ORDER
       count(i, false); r = n;
#endif
       if
       :: st[i] == DELETED -> pc[i] = DONE
       :: st[i] != DELETED && (isvoid[i] || r >= LIMIT) -> say("creator %d gives up\n", i); pc[i] = HOLD
       :: st[i] != DELETED && !isvoid[i] && r < LIMIT -> say("creator %d keeps\n", i); pc[i] = KEEP
       fi;
       j = 0; n = 0; r = 0 }
  :: atomic { pc[i] == KEEP ->
       if
       :: st[i] == FREE || st[i] == MINE -> st[i] = MINE; pc[i] = LOOK
       :: st[i] == THIRD || st[i] == DELETED -> pc[i] = DONE
       fi }
  :: atomic { pc[i] == LOOK -> assert(!isvoid[i]); data[i] = 1; if :: skip :: st[i] = FREE fi; pc[i] = DONE }

  /* to give up: hold by attach, prove blank, void, wait one lag bound, let go, delete */
  :: atomic { pc[i] == HOLD ->
#ifdef GIVE_UP_WITHOUT_HOLD
       pc[i] = MARK
#else
       if
       :: st[i] == FREE || st[i] == MINE -> st[i] = MINE; pc[i] = PROVE
       :: st[i] == THIRD && data[i] -> pc[i] = DONE                         /* its holder has made it his */
       :: st[i] == DELETED -> pc[i] = DONE
       fi
#endif
     }
  :: atomic { pc[i] == PROVE ->
#ifdef GIVE_UP_WITHOUT_PROOF
       pc[i] = MARK
#else
#ifdef VOID_BEFORE_PROOF
       pc[i] = MARK
#else
       if :: data[i] -> say("creator %d finds data\n", i); st[i] = FREE; pc[i] = DONE :: else -> pc[i] = MARK fi
#endif
#endif
     }
  /* the void is written under a live flag, or a taker that comes after my death would see neither */
  :: atomic { pc[i] == MARK && tm[i] == 0 ->
       if
       :: st[i] == DELETED -> pc[i] = DONE
#ifndef VOID_WITHOUT_FLAG
       :: st[i] != DELETED && fx[i] <= CW -> say("creator %d renews its flag\n", i); fx[i] = LEASE + CW; fl[i] = LAG; tm[i] = LAG
       :: st[i] != DELETED && fx[i] > CW ->
#else
       :: st[i] != DELETED ->
#endif
          say("creator %d voids\n", i); assert(!data[i]); if :: !isvoid[i] -> isvoid[i] = 1; cvl[i] = LAG :: else fi; tm[i] = VOIDWAIT; pc[i] = LETGO
       fi }
  :: atomic { pc[i] == LETGO && tm[i] == 0 -> say("creator %d lets go\n", i); if :: st[i] == MINE -> st[i] = FREE :: else fi;
#ifdef VOID_BEFORE_PROOF
       if :: data[i] -> say("creator %d finds data\n", i); pc[i] = DONE :: else -> pc[i] = DELETE; wt[i] = WINDOW fi
#else
       pc[i] = DELETE; wt[i] = WINDOW
#endif
     }
  :: atomic { pc[i] == DELETE ->
       if
       :: st[i] == DELETED -> pc[i] = DONE
       :: wt[i] > 0 && st[i] == FREE -> wt[i] = 0; destroyed(i); pc[i] = DONE
       :: wt[i] > 0 && st[i] == FREE && faults > 0 && dq[i] == 0 -> say("creator %d: delete, no answer\n", i); faults--; dq[i] = wt[i]; wt[i] = 0; tm[i] = WINDOW + CW; pc[i] = UDELETE
       :: wt[i] == 0 -> wt[i] = WINDOW
       :: else
       fi }
  :: atomic { pc[i] == UDELETE && tm[i] == 0 -> if :: st[i] == DELETED -> pc[i] = DONE :: else -> pc[i] = DELETE; wt[i] = WINDOW fi }

  :: atomic { crashes > 0 && pc[i] != DONE && pc[i] != DEAD -> crashes--; tm[i] = 0; wt[i] = 0;
       if
       :: say("creator %d reboots\n", i); pc[i] = START;
#ifdef FOUND_BLANK_IS_MINE
          if :: st[i] == MINE && !isvoid[i] -> pc[i] = LOOK :: else fi
#endif
       :: say("creator %d is terminated\n", i); pc[i] = DEAD; if :: st[i] == MINE -> st[i] = FREE :: else fi
       fi }
  od
}

#define QUIET(i) (pc[i] >= DONE && cq[i] == 0 && dq[i] == 0)
#if CREATORS > 2
#define THROUGH (QUIET(0) && QUIET(1) && QUIET(2))
#else
#define THROUGH (QUIET(0) && QUIET(1))
#endif
/* when every creator is through and nothing is under way any more */
active proctype judge() {
  do
  :: d_step { THROUGH ->
       n = 0; r = 0; j = 0;
       do
       :: j < CREATORS ->
          if :: pc[j] == DONE && st[j] != NONE && st[j] != DELETED && !isvoid[j] && !foreign[j] -> n++ :: else fi;
          if :: made[j] && ord[j] < LIMIT && (st[j] == DELETED || isvoid[j]) -> r++ :: else fi;
          j++
       :: else -> break
       od;
       assert(n <= LIMIT);
       assert(r == 0);
#ifdef WITNESS_SURPLUS
       /* not an error: shows that a surplus volume is given up somewhere */
       j = 0; do :: j < CREATORS -> assert(st[j] != DELETED); j++ :: else -> break od
#endif
       ; j = 0; n = 0; r = 0 }
  od
}

init { atomic { run creator(0); run creator(1);
#if CREATORS > 2
  run creator(2)
#endif
} }
