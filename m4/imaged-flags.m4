dnl SPDX-FileCopyrightText: The imaged authors
dnl SPDX-License-Identifier: MIT
dnl
dnl Compiler and linker flags: each is tried alone, with warnings as errors (clang only warns about a
dnl flag that it does not know), and kept when it works.

dnl IMAGED_TRY_FLAGS(VARIABLE, COMPILE|LINK, FLAGS): appends to VARIABLE those of FLAGS that work.
AC_DEFUN([IMAGED_TRY_FLAGS], [
  for imaged_flag in $3; do
    AC_MSG_CHECKING([whether $CC takes $imaged_flag])
    imaged_saved_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -Werror $imaged_flag"
    m4_if([$2], [COMPILE], [AC_COMPILE_IFELSE], [AC_LINK_IFELSE])(
      [AC_LANG_PROGRAM([[#include <stdio.h>]], [[return puts("") == EOF]])],
      [AC_MSG_RESULT([yes]); AS_VAR_APPEND([$1], [" $imaged_flag"])],
      [AC_MSG_RESULT([no])])
    CFLAGS=$imaged_saved_CFLAGS
  done
])

dnl IMAGED_NEED_FLAGS(VARIABLE, COMPILE|LINK, FLAGS, SWITCH): as above, but all of them or an error.
AC_DEFUN([IMAGED_NEED_FLAGS], [
  imaged_got=
  IMAGED_TRY_FLAGS([imaged_got], [$2], [$3])
  AS_IF([test "x$imaged_got" = "x $3"], [AS_VAR_APPEND([$1], ["$imaged_got"])],
        [AC_MSG_ERROR([$4 needs $3, which $CC does not take: use another compiler or leave the switch out])])
])

AC_DEFUN([IMAGED_WARNINGS], [
  AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [make warnings errors (default: no; ./run does)])],
    [], [enable_werror=no])
  STANDARD_CFLAGS=
  IMAGED_NEED_FLAGS([STANDARD_CFLAGS], [COMPILE], [-std=c11], [imaged])
  WARNING_CFLAGS=
  IMAGED_TRY_FLAGS([WARNING_CFLAGS], [COMPILE], [m4_normalize([
    -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
    -Wpointer-arith -Wundef -Wwrite-strings -Wimplicit-fallthrough
  ])])
  AS_IF([test "x$enable_werror" = xyes], [AS_VAR_APPEND([WARNING_CFLAGS], [" -Werror"])])
  AC_SUBST([STANDARD_CFLAGS])
  AC_SUBST([WARNING_CFLAGS])
])

AC_DEFUN([IMAGED_INSTRUMENTATION], [
  AC_ARG_ENABLE([sanitizers],
    [AS_HELP_STRING([--enable-sanitizers@<:@=LIST@:>@],
                    [build with sanitizers (default list: address,undefined)])],
    [], [enable_sanitizers=no])
  AC_ARG_ENABLE([coverage],
    [AS_HELP_STRING([--enable-coverage], [measure which lines the tests reach (gcov)])],
    [], [enable_coverage=no])
  AC_ARG_ENABLE([fuzzer],
    [AS_HELP_STRING([--enable-fuzzer], [instrument for libFuzzer (clang)])],
    [], [enable_fuzzer=no])
  AS_IF([test "x$enable_sanitizers" = xyes], [enable_sanitizers=address,undefined])
  INSTRUMENTATION_CFLAGS=
  AS_IF([test "x$enable_sanitizers" != xno], [
    IMAGED_NEED_FLAGS([INSTRUMENTATION_CFLAGS], [LINK], [-fsanitize=$enable_sanitizers],
                      [--enable-sanitizers])
    IMAGED_TRY_FLAGS([INSTRUMENTATION_CFLAGS], [LINK],
                     [-fno-sanitize-recover=all -fno-omit-frame-pointer])
  ])
  AS_IF([test "x$enable_coverage" != xno],
        [IMAGED_NEED_FLAGS([INSTRUMENTATION_CFLAGS], [LINK], [--coverage], [--enable-coverage])])
  FUZZER_LDFLAGS=
  AS_IF([test "x$enable_fuzzer" != xno], [
    IMAGED_NEED_FLAGS([INSTRUMENTATION_CFLAGS], [LINK], [-fsanitize=fuzzer-no-link],
                      [--enable-fuzzer])
    FUZZER_LDFLAGS=-fsanitize=fuzzer
  ])
  AC_SUBST([INSTRUMENTATION_CFLAGS])
  AC_SUBST([FUZZER_LDFLAGS])
  AM_CONDITIONAL([FUZZER], [test "x$enable_fuzzer" != xno])
])

dnl Fortification needs an optimiser, and gets in the way of the sanitizers.
AC_DEFUN([IMAGED_HARDENING], [
  AC_ARG_ENABLE([hardening],
    [AS_HELP_STRING([--disable-hardening], [leave out the hardening flags (default: on)])],
    [], [enable_hardening=yes])
  HARDENING_CFLAGS=
  HARDENING_LDFLAGS=
  hardening=$enable_hardening
  AS_IF([test "x$enable_hardening" != xno], [
    AS_CASE([" $CFLAGS/$enable_sanitizers"],
      [*' -O0'*], [hardening="$hardening (not fortified: -O0)"],
      [*' -O'*/no], [
        IMAGED_TRY_FLAGS([HARDENING_CFLAGS], [COMPILE], [-D_FORTIFY_SOURCE=3])
        AS_IF([test -z "$HARDENING_CFLAGS"],
              [IMAGED_TRY_FLAGS([HARDENING_CFLAGS], [COMPILE], [-D_FORTIFY_SOURCE=2])])
        HARDENING_CFLAGS="-U_FORTIFY_SOURCE$HARDENING_CFLAGS"
      ],
      [hardening="$hardening (not fortified)"])
    IMAGED_TRY_FLAGS([HARDENING_CFLAGS], [COMPILE],
      [-fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE])
    IMAGED_TRY_FLAGS([HARDENING_LDFLAGS], [LINK],
      [-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack])
  ])
  AC_SUBST([HARDENING_CFLAGS])
  AC_SUBST([HARDENING_LDFLAGS])
])
