dnl SPDX-FileCopyrightText: The imaged authors
dnl SPDX-License-Identifier: MIT
dnl
dnl Libraries: one clear message for each that is missing, naming the Debian package.

dnl IMAGED_LIBRARY(PREFIX, MODULE, DEBIAN PACKAGE)
AC_DEFUN([IMAGED_LIBRARY], [
  PKG_CHECK_MODULES([$1], [$2], [],
    [AC_MSG_ERROR([$2 is missing: install it (Debian: apt install $3). pkg-config says: $[]$1[]_PKG_ERRORS])])
])

dnl imaged is tried with OpenSSL only; other TLS libraries read trust anchors in their own ways.
AC_DEFUN([IMAGED_CURL_TLS], [
  AC_PATH_PROG([CURL_CONFIG], [curl-config], [no])
  AC_MSG_CHECKING([which TLS library libcurl uses])
  AS_IF([test "x$CURL_CONFIG" != xno],
        [curl_tls=`"$CURL_CONFIG" --ssl-backends 2>/dev/null | tr '\n' ' '`],
        [AS_CASE([`$PKG_CONFIG --static --libs libcurl 2>/dev/null`],
                 [*-lssl*], [curl_tls=OpenSSL], [curl_tls=unknown])])
  AC_MSG_RESULT([$curl_tls])
  AS_CASE([$curl_tls], [*OpenSSL*], [],
    [AC_MSG_WARN([libcurl does not use OpenSSL but '$curl_tls', with which imaged is not tested: install libcurl4-openssl-dev (Debian)])])
])

AC_DEFUN([IMAGED_SYSTEMD], [
  AC_ARG_WITH([systemd],
    [AS_HELP_STRING([--with-systemd=auto|yes|no],
                    [readiness, watchdog and journal through libsystemd (default: auto)])],
    [], [with_systemd=auto])
  AC_ARG_WITH([systemdsystemunitdir],
    [AS_HELP_STRING([--with-systemdsystemunitdir=DIR],
                    [where systemd units go; no: nowhere (default: asks pkg-config)])],
    [], [with_systemdsystemunitdir=auto])
  have_systemd=no
  AS_IF([test "x$with_systemd" != xno],
        [PKG_CHECK_MODULES([SYSTEMD], [libsystemd >= 239], [have_systemd=yes], [have_systemd=no])])
  AS_IF([test "x$with_systemd/$have_systemd" = xyes/no],
        [AC_MSG_ERROR([--with-systemd needs libsystemd: install it (Debian: apt install libsystemd-dev)])])
  AS_IF([test "x$have_systemd" = xyes],
        [AC_DEFINE([HAVE_SYSTEMD], [1], [Define to 1 when libsystemd is used.])])
  AS_CASE([$with_systemdsystemunitdir],
    [no], [systemdsystemunitdir=],
    [yes|auto], [
      systemdsystemunitdir=
      AS_IF([test "x$have_systemd" = xyes],
            [systemdsystemunitdir=`$PKG_CONFIG --variable=systemdsystemunitdir systemd 2>/dev/null`])
      AS_IF([test "x$have_systemd$systemdsystemunitdir" = xyes],
            [systemdsystemunitdir='${prefix}/lib/systemd/system'])
      AS_IF([test "x$with_systemdsystemunitdir$systemdsystemunitdir" = xyes],
            [AC_MSG_ERROR([--with-systemdsystemunitdir: say which directory, systemd was not found])])
    ],
    [systemdsystemunitdir=$with_systemdsystemunitdir])
  AC_SUBST([systemdsystemunitdir])
  AM_CONDITIONAL([SYSTEMD_UNITS], [test -n "$systemdsystemunitdir"])
])

dnl Distributions disagree on where zsh looks.
AC_DEFUN([IMAGED_COMPLETIONS], [
  AC_ARG_WITH([zshcompletiondir],
    [AS_HELP_STRING([--with-zshcompletiondir=DIR],
                    [where zsh completions go (default: DATADIR/zsh/site-functions)])],
    [], [with_zshcompletiondir=yes])
  AS_CASE([$with_zshcompletiondir],
    [yes], [zshcompletiondir='${datadir}/zsh/site-functions'],
    [no], [AC_MSG_ERROR([--with-zshcompletiondir: say which directory])],
    [zshcompletiondir=$with_zshcompletiondir])
  AC_SUBST([zshcompletiondir])
])

dnl Only the tests need it: without it, make check says so and fails, and all else works.
AC_DEFUN([IMAGED_CMOCKA], [
  PKG_CHECK_MODULES([CMOCKA], [cmocka >= 1.1.5], [have_cmocka=yes],
                    [have_cmocka="no: cmocka is missing (Debian: apt install libcmocka-dev)"])
  AM_CONDITIONAL([CMOCKA], [test "x$have_cmocka" = xyes])
])
