// SPDX-License-Identifier: Apache-2.0
/* The claim of a volume and its move to another zone, as a Spin model: the rules for every change (rules 1 to 8
   of the protocol) hold together here, each with a switch that removes it. It must not be tuned until it passes:
   a switch that no longer convicts is a defect of this file, and `run` says so.

   One source V in zone 0, holding the lineage. The processes:
     locals    any number of servers in V's zone: attach, judge, mount, write, let go. At most one is attached and
               the others remember nothing, so one looping process stands for all of them;
     mover(m)  a server in another zone: want, consensus wait, own, void, snapshot, copy, commit by deleting V, mount;
               it may stall anywhere without bound, die, or reboot with its memory lost;
     adopter   a later boot that takes a copy whose mover died;
     sweeper   any run that voids and deletes garbage copies;
     net       changes that were sent without an answer, or twice: they land any number of times in their window;
     clock     ticks, at any moment.
   Time is unbounded: every time is a countdown, so that the state is finite without an end of time.
   Bytes are a bit per body: "newest" or not. A write makes its body the newest and all others old.
   What is bounded: movers, claims per mover (CLAIMS), network faults (FAULTS), crashes (CRASHES), renewals (RENEWS). */

/* ---- the world ---- */
#ifndef DELTA
#define DELTA 1                 /* a reader may see the old value in the tick of a change and DELTA ticks after */
#endif
#ifndef MOVERS
#define MOVERS 2
#endif
#ifndef CLAIMS
#define CLAIMS 1
#endif
#ifndef FAULTS
#define FAULTS 1
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef RENEWS
#define RENEWS 1                /* per mover */
#endif
#ifndef WINDOW
#define WINDOW 2                /* ticks in which a signed change may land */
#endif
#define CW (2 * DELTA + 1)      /* consensus wait: more than twice the lag */
#ifndef LEASE
#define LEASE (CW + 3)
#endif
#define LAG (DELTA + 1)         /* a wait of one lag bound */

/* ---- what the switches take away ---- */
#ifdef SHORT_WAIT
#define CHECKWAIT (2 * DELTA)
#else
#define CHECKWAIT CW
#endif
#ifdef LIVE_TO_EXPIRY
#define MARGIN 0
#else
#define MARGIN CW
#endif
#ifdef VOID_LAG
#define VOIDWAIT 0
#else
#define VOIDWAIT LAG
#endif
#ifdef VOID_SEEN_NO_WAIT
#define VOIDWAIT2 0
#else
#define VOIDWAIT2 VOIDWAIT
#endif
#ifdef ADOPT_NO_WAIT
#define ADOPTWAIT 0
#else
#define ADOPTWAIT LAG
#endif
#ifdef ONE_LOOK
#define LOOKWAIT 0
#else
#define LOOKWAIT LAG
#endif
#ifdef FLAG_DUP
#define FLAGWINDOW(e) (e)
#define CLOSED(m) true
#else
#define FLAGWINDOW(e) ((e) < WINDOW -> (e) : WINDOW)
#define CLOSED(m) (wt[m] == 0)
#endif
#ifdef LATE_COMMIT
#define CONCLUDE(m) true
#else
#define CONCLUDE(m) (tm[m] == 0)
#endif
#ifdef COMMIT_UNCHECKED
#define UNREADABLE 3
#else
#define UNREADABLE 4            /* nothing follows but giving up */
#endif
#ifdef ANSWER_CLOSES
#define ANSWERED(m) wt[m] = 0
#else
#define ANSWERED(m) skip
#endif

/* Not an error: shows that a good end is reached, for a model in which nothing happens is safe. 1: a mover mounts;
   2: it does while an earlier copy is void; 3: an adopter mounts; 4: a rebooted mover finds its commit done;
   5: a sweeper voids. */
#ifndef WITNESS
#define WITNESS 0
#endif

#define NONE 0
#define WANT 1
#define OWN 2
#define DEL 3

#define AVAIL 0
#define HELD 1
#define GONE 2

#define MOVER 1                 /* a copy attached to its mover */
#define FREE 2
#define ADOPTER 3

/* The cloud: the source, */
byte vst = AVAIL, vprev, vlag;
bool vfresh = true;
/* flags: kind, written by the process that now runs, liveness left; the same of the value before it, and its lag; */
byte fk[2], fx[2], pk[2], px[2], fl[2];
bool fm[2], pm[2];
/* copies: state, newest bytes, void and ready with their lag, lag of existence; */
byte cst[2], cvl[2], crl[2], cel[2];
bool cfresh[2], cvoid[2], cready[2];
/* changes under way: a flag write (kind, liveness it would give, mine, window), a commit (window). */
byte sk[2], sx[2], sw[2], dq[2];
bool sm[2];
byte mounted;

/* The processes: program counter, expiry confirmed, expiry asked for, window of the last flag write, window of
   the commit, timer, progress, bytes of the snapshot. */
byte pc[2], ex[2], nx[2], wt[2], cw[2], tm[2], pg[2];
bool sf[2];
byte tries[2], renews[2];
byte lp, ap, ac, at, wp, wc, ww;
byte faults = FAULTS, crashes = CRASHES;
#ifdef REUSE_SNAPSHOT
byte olds;                      /* an earlier claim's snapshot: 1 old bytes, 2 newest bytes */
#endif

#ifdef STORY                    /* the steps of a counterexample, in words */
#define say(...) printf(__VA_ARGS__)
#else
#define say(...) skip
#endif
byte a, b, c, d, e;

#define AGAIN 0
#define SWANT 1
#define UWANT 2
#define CHECK 3
#define SOWN 4
#define UOWN 5
#define WORK 6
#define RENEW 7
#define URENEW 8
#define COMMIT 9
#define UCOMMIT 10
#define JUDGE 11
#define MNT 12
#define USE 13
#define QUIT 14
#define UQUIT 15
#define BOOT 16
#define BOOT2 17
#define DONE 18

#define NEWEST(i) (cst[i] != NONE && cfresh[i] && !cvoid[i])
#define LIVES ((vst != GONE && vfresh) || NEWEST(0) || NEWEST(1))

inline setv(x) { vprev = vst; vst = x; vlag = LAG }
inline setf(i, k, mine, x) {
  if
  :: fk[i] == k && fm[i] == mine && fx[i] == x -> skip
  :: else -> pk[i] = fk[i]; pm[i] = fm[i]; px[i] = fx[i]; fk[i] = k; fm[i] = mine; fx[i] = x; fl[i] = LAG
  fi
}
inline readv(r) { if :: r = vst :: vlag > 0 && vprev != vst -> r = vprev fi }
/* kind of a live flag of mover i as some reader sees it; rm: by the process that now runs; rx: its liveness left */
inline readf(i, r, rm, rx) {
  if
  :: r = fk[i]; rm = fm[i]; rx = fx[i]
  :: fl[i] > 0 -> r = pk[i]; rm = pm[i]; rx = px[i]
  fi
}
inline seesvoid(i, r) { if :: r = cvoid[i] :: cvl[i] > 0 -> r = 0 fi }
inline seesready(i, r) { if :: r = (cst[i] != NONE && cready[i]) :: crl[i] > 0 -> r = 0 fi }
inline wrotev() { vfresh = 1; cfresh[0] = 0; cfresh[1] = 0; sf[0] = 0; sf[1] = 0; staleold() }
inline wrotec(i) { vfresh = 0; cfresh[i] = 1; cfresh[1 - i] = 0; sf[0] = 0; sf[1] = 0; staleold() }
inline staleold() {
#ifdef REUSE_SNAPSHOT
  if :: olds == 2 -> olds = 1 :: else fi
#else
  skip
#endif
}
/* the source is deleted: its tags go with it */
inline delv() {
  say("  the source is deleted\n");
  assert(!mounted);
  setv(GONE);
  assert(LIVES);
  if :: fk[0] != NONE -> setf(0, NONE, 0, 0) :: else fi;
  if :: fk[1] != NONE -> setf(1, NONE, 0, 0) :: else fi;
  sk[0] = 0; sx[0] = 0; sw[0] = 0; sm[0] = 0; dq[0] = 0;
  sk[1] = 0; sx[1] = 0; sw[1] = 0; sm[1] = 0; dq[1] = 0
}
inline delc(i) {
  say("  copy %d is deleted\n", i);
  cst[i] = NONE; cfresh[i] = 0; cvoid[i] = 0; cready[i] = 0; cvl[i] = 0; crl[i] = 0; cel[i] = 0;
  assert(LIVES);
  if :: wp != 0 && wc == i -> wp = 0; wc = 0; ww = 0 :: else fi
}
inline void_(i) { say("  copy %d is void\n", i); if :: !cvoid[i] -> cvoid[i] = 1; cvl[i] = LAG :: else fi; assert(LIVES) }
inline fill(m, k, x, w) { faults--; sk[m] = k; sx[m] = x; sw[m] = w; sm[m] = (k != DEL) }
inline dec(x) { if :: x > 0 -> x-- :: else fi }
inline dropped(i) { fm[i] = 0; pm[i] = 0; sm[i] = 0 }

inline age(i) {
  if :: fx[i] > 0 -> fx[i]--; if :: fx[i] == 0 -> fk[i] = NONE; fm[i] = 0 :: else fi :: else fi;
  if :: px[i] > 0 -> px[i]--; if :: px[i] == 0 -> pk[i] = NONE; pm[i] = 0 :: else fi :: else fi;
  if :: fl[i] > 0 -> fl[i]--; if :: fl[i] == 0 -> pk[i] = NONE; pm[i] = 0; px[i] = 0 :: else fi :: else fi;
  if :: sx[i] > 0 -> sx[i]-- :: else fi;
  if :: sw[i] > 0 -> sw[i]--; if :: sw[i] == 0 -> sk[i] = 0; sx[i] = 0; sm[i] = 0 :: else fi :: else fi;
  dec(cvl[i]); dec(crl[i]); dec(cel[i]); dec(ex[i]); dec(nx[i]); dec(wt[i]); dec(tm[i]);
#ifndef NO_FENCE
  dec(cw[i]); dec(dq[i]);
#endif
}
active proctype clock() {
  do
  :: d_step { say("tick\n");
       if :: vlag > 0 -> vlag--; if :: vlag == 0 -> vprev = 0 :: else fi :: else fi;
       dec(at); dec(ww); age(0);
#if MOVERS > 1
       age(1)
#endif
     }
  od
}

inline land(i) {
  say("net: flag write %d of mover %d lands\n", sk[i], i);
  if
  :: sk[i] == DEL ->
#ifdef DELETE_BY_KEY
     if :: fk[i] != NONE -> setf(i, NONE, 0, 0) :: else fi
#else
     if :: fk[i] != NONE && !fm[i] -> setf(i, NONE, 0, 0) :: else fi
#endif
  :: else -> if :: sx[i] > 0 -> setf(i, sk[i], sm[i], sx[i]) :: else fi
  fi
}
active proctype net() {
  do
  :: d_step { sk[0] != 0 -> land(0) }
  :: d_step { dq[0] > 0 && vst == AVAIL -> say("net: a late commit lands\n"); delv() }
#if MOVERS > 1
  :: d_step { sk[1] != 0 -> land(1) }
  :: d_step { dq[1] > 0 && vst == AVAIL -> say("net: a late commit lands\n"); delv() }
#endif
  od
}

active proctype locals() {
  do
  :: atomic { lp == 0 && vst == AVAIL -> say("local attaches\n"); setv(HELD); lp = 1 }
  :: atomic { lp == 1 ->
#ifdef NO_POSTCHECK
       lp = 2
#else
       readf(0, a, d, d); readf(1, b, d, d);
       if :: a == NONE && b == NONE -> say("local sees no live flag\n"); lp = 2 :: else fi
#endif
       ; a = 0; b = 0; d = 0 }
  :: atomic { (lp == 1 || lp == 2) -> say("local detaches\n"); setv(AVAIL); lp = 0 }             /* yields to an own, or dies */
  :: atomic { lp == 2 -> say("local mounts and writes\n"); assert(!mounted); assert(vfresh); mounted = 1; wrotev(); lp = 3 }
  :: atomic { lp == 3 -> say("local writes, lets go\n"); wrotev(); mounted = 0; if :: lp = 1 :: setv(AVAIL); lp = 0 fi }
  od
}

proctype mover(byte m) {
  do
  :: atomic { pc[m] == AGAIN && tries[m] < CLAIMS && CLOSED(m) && cst[m] == NONE ->
       readv(a); readf(1 - m, b, d, d); readf(m, c, d, d);
#ifdef OWN_FLAG_AFTER_REBOOT
       c = NONE;
#endif
       if
       :: a == AVAIL && b == NONE && c == NONE ->
          say("mover %d sees it free, claims\n", m); tries[m]++; ex[m] = LEASE; wt[m] = FLAGWINDOW(LEASE); pc[m] = SWANT;
#ifdef WAIT_FROM_SEND
          tm[m] = CHECKWAIT
#endif
       :: else
       fi;
       a = 0; b = 0; c = 0; d = 0 }
  :: atomic { pc[m] == SWANT ->
       if
       :: wt[m] == 0 || vst == GONE -> ex[m] = 0; wt[m] = 0; tm[m] = 0; pc[m] = AGAIN
       :: wt[m] > 0 && vst != GONE ->
          if
          :: say("mover %d want: answered\n", m); setf(m, WANT, 1, ex[m] + MARGIN); wt[m] = 0; pc[m] = CHECK
          :: faults > 0 && sk[m] == 0 -> fill(m, WANT, ex[m] + MARGIN, wt[m]);
             if
             :: say("mover %d want: answered, and sent twice\n", m); setf(m, WANT, 1, ex[m] + MARGIN); ANSWERED(m); pc[m] = CHECK
             :: say("mover %d want: no answer\n", m); pc[m] = UWANT; tm[m] = wt[m] + CW
             fi
          fi;
#ifndef WAIT_FROM_SEND
          if :: pc[m] == CHECK -> tm[m] = CHECKWAIT :: else fi
#endif
       fi }
  :: atomic { pc[m] == UWANT -> readf(m, a, b, d);
       if
       :: a == WANT && b -> tm[m] = CHECKWAIT; pc[m] = CHECK
       :: !(a == WANT && b) && tm[m] == 0 -> pc[m] = QUIT
       :: else
       fi;
       a = 0; b = 0; d = 0 }
  :: atomic { pc[m] == CHECK && tm[m] == 0 && CLOSED(m) ->
       readv(a); readf(1 - m, b, d, d); readf(m, c, e, d);
#ifdef NO_FLAG_RECHECK
       b = NONE;
#endif
       if
       :: ex[m] == 0 || a != AVAIL || b == OWN || (b == WANT && m == 1) || c != WANT || !e -> pc[m] = QUIT
       :: ex[m] > 0 && a == AVAIL && b == WANT && m == 0 -> if :: pc[m] = QUIT :: skip fi
       :: ex[m] > 0 && a == AVAIL && b == NONE && c == WANT && e ->
          say("mover %d is alone\n", m); wt[m] = FLAGWINDOW(ex[m]); pc[m] = SOWN
       fi;
       a = 0; b = 0; c = 0; d = 0; e = 0 }
  :: atomic { pc[m] == SOWN ->
       if
       :: wt[m] == 0 || vst == GONE -> pc[m] = QUIT
       :: wt[m] > 0 && vst != GONE ->
          if
          :: say("mover %d own: answered\n", m); setf(m, OWN, 1, ex[m] + MARGIN); wt[m] = 0; pc[m] = WORK
          :: faults > 0 && sk[m] == 0 -> fill(m, OWN, ex[m] + MARGIN, wt[m]);
             if
             :: say("mover %d own: answered, and sent twice\n", m); setf(m, OWN, 1, ex[m] + MARGIN); ANSWERED(m); pc[m] = WORK
             :: say("mover %d own: no answer\n", m); pc[m] = UOWN; tm[m] = wt[m] + CW
             fi
          fi
       fi }
  :: atomic { pc[m] == UOWN -> readf(m, a, b, d);
       if
       :: a == OWN && b -> tm[m] = 0; pc[m] = WORK
       :: !(a == OWN && b) && tm[m] == 0 -> pc[m] = QUIT
       :: else
       fi;
       a = 0; b = 0; d = 0 }

  /* under the claim: void, snapshot, copy, commit; renew when it likes; give up when it likes */
  :: atomic { pc[m] == WORK && pg[m] == 0 && ex[m] > 0 ->
#ifndef NO_VOID
       if
       :: cst[1 - m] != NONE && !cvoid[1 - m] -> void_(1 - m); tm[m] = VOIDWAIT
       :: cst[1 - m] != NONE && cvoid[1 - m] -> tm[m] = VOIDWAIT2        /* void by another's hand: the same wait */
       :: cel[1 - m] > 0 || cst[1 - m] == NONE
       fi;
#endif
       pg[m] = 1 }
  :: atomic { pc[m] == WORK && pg[m] == 1 && ex[m] > 0 && vst != GONE -> say("mover %d snapshots\n", m); sf[m] = vfresh; pg[m] = 2;
#ifdef REUSE_SNAPSHOT
       if :: olds == 0 -> olds = 1 + vfresh :: olds > 0 -> sf[m] = (olds == 2) fi
#endif
     }
  :: atomic { pc[m] == WORK && pg[m] == 2 && ex[m] > 0 && cst[m] == NONE ->
       say("mover %d creates and attaches copy %d\n", m, m); cst[m] = MOVER; cel[m] = LAG;
       if
       :: cfresh[m] = sf[m]; pg[m] = 3
       :: say("  its superblock does not read\n"); pg[m] = UNREADABLE
       fi;
       sf[m] = 0 }
  :: atomic { pc[m] == WORK && pg[m] == 3 && ex[m] > 0 && tm[m] == 0 ->
       cw[m] = (ex[m] < WINDOW -> ex[m] : WINDOW); tm[m] = cw[m] + CW; pc[m] = COMMIT }
  :: atomic { pc[m] == WORK && pg[m] > 0 && CLOSED(m) && renews[m] < RENEWS && ex[m] > 0 ->
       say("mover %d prepares a renewal\n", m); renews[m]++; nx[m] = LEASE; pc[m] = RENEW;
#ifdef RENEW_NEW_EXPIRY
       wt[m] = LEASE
#else
       wt[m] = FLAGWINDOW(ex[m])
#endif
     }
  :: atomic { pc[m] == WORK -> say("mover %d gives up\n", m); if :: cst[m] == MOVER -> delc(m) :: else fi; tm[m] = 0; pg[m] = 0; sf[m] = 0; pc[m] = QUIT }
  :: atomic { pc[m] == RENEW ->
       if
       :: wt[m] == 0 || vst == GONE -> nx[m] = 0; pc[m] = WORK
       :: wt[m] > 0 && vst != GONE ->
          if
          :: say("mover %d renewal: answered\n", m); setf(m, OWN, 1, nx[m] + MARGIN); ex[m] = nx[m]; nx[m] = 0; wt[m] = 0; pc[m] = WORK
          :: faults > 0 && sk[m] == 0 -> fill(m, OWN, nx[m] + MARGIN, wt[m]);
             if
             :: say("mover %d renewal: answered, and sent twice\n", m); setf(m, OWN, 1, nx[m] + MARGIN); ANSWERED(m); ex[m] = nx[m]; nx[m] = 0; pc[m] = WORK
             :: say("mover %d renewal: no answer\n", m); pc[m] = URENEW;
#ifdef RENEW_UNCONFIRMED
                ex[m] = nx[m]
#endif
             fi
          fi
       fi }
  :: atomic { pc[m] == URENEW -> readf(m, a, b, c);
       if
       :: a == OWN && b && c == nx[m] + MARGIN -> ex[m] = nx[m]; nx[m] = 0; pc[m] = WORK
       :: nx[m] = 0; pc[m] = WORK
       fi;
       a = 0; b = 0; c = 0 }
  :: atomic { pc[m] == COMMIT ->
       if
       :: cw[m] == 0 -> say("mover %d commit: expired\n", m); pc[m] = UCOMMIT
       :: cw[m] > 0 && vst == AVAIL -> say("mover %d commits: answered\n", m); delv(); tm[m] = 0; pc[m] = JUDGE
#ifdef IN_USE_IS_FINAL
       :: cw[m] > 0 && vst == HELD -> say("mover %d commit: in use\n", m); tm[m] = 0; pc[m] = WORK
       :: cw[m] > 0 && vst == HELD && faults > 0 && dq[m] == 0 ->
          say("mover %d commit: in use, and sent twice\n", m); faults--; dq[m] = cw[m]; tm[m] = 0; pc[m] = WORK
       :: cw[m] > 0 && vst == GONE -> pc[m] = UCOMMIT
#else
       :: cw[m] > 0 && vst != AVAIL -> say("mover %d commit: in use or gone\n", m); pc[m] = UCOMMIT
#endif
       :: cw[m] > 0 && faults > 0 && dq[m] == 0 && vst != GONE -> say("mover %d commit: no answer\n", m); faults--; dq[m] = cw[m]; pc[m] = UCOMMIT
       fi;
       cw[m] = 0 }
  /* refused, in use, or no answer: not before window + consensus wait is anything concluded */
  :: atomic { pc[m] == UCOMMIT && ex[m] > 0 -> cw[m] = (ex[m] < WINDOW -> ex[m] : WINDOW); tm[m] = cw[m] + CW; pc[m] = COMMIT }
  :: atomic { pc[m] == UCOMMIT && CONCLUDE(m) -> readv(a); tm[m] = 0; if :: a == GONE -> pc[m] = JUDGE :: else -> pc[m] = WORK fi;
       a = 0 }
  /* the verdict before the mount: the source is gone; void, and a rival that is ready */
  :: atomic { pc[m] == JUDGE -> ex[m] = 0; wt[m] = 0; nx[m] = 0; pg[m] = 0; tm[m] = 0; readv(a); seesvoid(m, b); seesready(1 - m, c);
#ifdef GONE_IS_MINE
       b = 0; c = 0;
#endif
       if
       :: a == GONE && !b && !c -> say("mover %d judges copy %d the head\n", m, m); cready[m] = 1; crl[m] = LAG; pc[m] = MNT
       :: a == GONE && (b || c) -> delc(m); pc[m] = DONE
       :: else
       fi;
       a = 0; b = 0; c = 0 }
  :: atomic { pc[m] == MNT -> say("mover %d mounts and writes\n", m); assert(!mounted); assert(cfresh[m]); assert(WITNESS != 1 && (WITNESS != 2 || !cvoid[1 - m])); mounted = 1; wrotec(m); pc[m] = USE }
  :: atomic { pc[m] == USE -> say("mover %d writes, lets go\n", m); wrotec(m); mounted = 0; cst[m] = FREE; pc[m] = DONE }

  /* withdraw: the flag is deleted by key and value */
  :: atomic { pc[m] == QUIT && CLOSED(m) -> say("mover %d withdraws\n", m); dropped(m); ex[m] = 0; nx[m] = 0; tm[m] = 0; wt[m] = 0; pg[m] = 0; pc[m] = AGAIN;
       if
       :: vst != GONE && fk[m] != NONE -> setf(m, NONE, 0, 0)
       :: vst != GONE && fk[m] != NONE && faults > 0 && sk[m] == 0 -> fill(m, DEL, 0, WINDOW);
          if :: setf(m, NONE, 0, 0); wt[m] = WINDOW; ANSWERED(m) :: tm[m] = WINDOW + CW; pc[m] = UQUIT fi
       :: vst == GONE || fk[m] == NONE
       fi }
  :: atomic { pc[m] == UQUIT && tm[m] == 0 -> pc[m] = AGAIN }

  /* a crash: the flag and what was sent stay; the memory goes */
  :: atomic { crashes > 0 && pc[m] != DONE && pc[m] != AGAIN && pc[m] != BOOT && pc[m] != BOOT2 -> crashes--;
       if :: pc[m] == USE -> wrotec(m); mounted = 0 :: else fi;
       dropped(m); ex[m] = 0; nx[m] = 0; wt[m] = 0; cw[m] = 0; tm[m] = 0; pg[m] = 0; sf[m] = 0;
       if
       :: say("mover %d crashes and reboots\n", m); pc[m] = BOOT;
#ifdef FOUND_IS_MINE
          if :: cst[m] == MOVER -> pc[m] = MNT :: else fi
#endif
       :: say("mover %d is terminated\n", m); pc[m] = DONE; if :: cst[m] == MOVER -> cst[m] = FREE :: else fi
       fi }
  /* the own flag of the process before me is foreign until it lapses; then the source, one lag bound later */
  :: atomic { pc[m] == BOOT -> readf(m, a, d, d);
#ifdef OWN_FLAG_AFTER_REBOOT
       a = NONE;
#endif
       if :: a == NONE -> say("mover %d booted, sees no live flag of its own\n", m);
          if :: cst[m] == MOVER -> tm[m] = LOOKWAIT; pc[m] = BOOT2 :: else -> pc[m] = AGAIN fi
       :: else
       fi;
       a = 0; d = 0 }
  :: atomic { pc[m] == BOOT2 && tm[m] == 0 -> readv(a);
       if
       :: a == GONE -> assert(WITNESS != 4); pc[m] = JUDGE
       :: a != GONE -> delc(m); pc[m] = AGAIN
       fi;
       a = 0 }
  od
}

#ifndef NO_ADOPTER
active proctype adopter() {
  do
  :: atomic { ap == 0 -> if :: ac = 0 :: MOVERS > 1 -> ac = 1 fi;
       if :: cst[ac] == FREE -> say("adopter attaches copy %d\n", ac); cst[ac] = ADOPTER; ap = 1 :: else -> ac = 0 fi }
  /* source gone, twice, the second time in a full view one lag bound later */
  :: atomic { ap == 1 -> readv(a); if :: a == GONE -> say("adopter sees the source gone\n"); at = ADOPTWAIT; ap = 2 :: else fi;
       a = 0 }
  :: atomic { ap == 2 && at == 0 -> readv(a); seesvoid(ac, b); seesready(1 - ac, c); seesready(ac, d);
#ifdef ADOPT_BLIND
       b = 0; c = 0;
#endif
       if
       :: a == GONE && !b && (d || !c) -> say("adopter judges copy %d the head\n", ac); cready[ac] = 1; crl[ac] = LAG; ap = 3
       :: else -> cst[ac] = FREE; ap = 0; ac = 0
       fi;
       a = 0; b = 0; c = 0; d = 0 }
  :: atomic { (ap == 1 || ap == 2 || ap == 3) -> cst[ac] = FREE; ap = 0; ac = 0; at = 0 }
  :: atomic { ap == 3 -> say("adopter mounts copy %d and writes\n", ac); assert(!mounted); assert(cfresh[ac]); assert(WITNESS != 3); mounted = 1; wrotec(ac); ap = 4 }
  :: atomic { ap == 4 -> wrotec(ac); mounted = 0; if :: ap = 1 :: cst[ac] = FREE; ap = 0; ac = 0 fi }
  od
}
#endif

#ifndef NO_SWEEPER
active proctype sweeper() {
  do
  /* the copy first, then the flags, then one lag bound later the source by id */
  :: atomic { wp == 0 -> if :: wc = 0 :: MOVERS > 1 -> wc = 1 fi;
       seesready(wc, b);
       if :: cst[wc] != NONE && !cvoid[wc] && !b -> say("sweeper sees copy %d\n", wc); wp = 1 :: else -> wc = 0 fi;
       b = 0 }
  :: atomic { wp == 1 -> readf(0, a, d, d); readf(1, b, d, d);
       if :: a == NONE && b == NONE -> say("sweeper sees no live flag\n"); ww = LOOKWAIT; wp = 2 :: else -> wp = 0; wc = 0 fi;
       a = 0; b = 0; d = 0 }
  :: atomic { wp == 2 && ww == 0 -> readv(a);
#ifdef SWEEP_LATE_LIST
       if :: wc = 0 :: MOVERS > 1 -> wc = 1 fi;
#endif
       if :: a != GONE && cst[wc] != NONE -> say("sweeper sees that the source exists\n"); wp = 3 :: else -> wp = 0; wc = 0 fi;
       a = 0 }
  :: atomic { wp == 3 -> assert(WITNESS != 5); void_(wc); wp = 0; wc = 0 }
  :: atomic { wp == 0 && cst[0] == FREE && cvoid[0] -> delc(0) }
#if MOVERS > 1
  :: atomic { wp == 0 && cst[1] == FREE && cvoid[1] -> delc(1) }
#endif
  od
}
#endif

init { atomic { run mover(0);
#if MOVERS > 1
  run mover(1)
#endif
} }
