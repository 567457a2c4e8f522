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

dnl Where the units go. What the daemon says to systemd it says without a library.
AC_DEFUN([IMAGED_SYSTEMD_UNITS], [
  AC_ARG_WITH([systemdsystemunitdir],
    [AS_HELP_STRING([--with-systemdsystemunitdir=DIR],
                    [where systemd units go; no: nowhere (default: asks pkg-config, or PREFIX/lib/systemd/system)])],
    [], [with_systemdsystemunitdir=yes])
  AS_CASE([$with_systemdsystemunitdir],
    [no], [systemdsystemunitdir=],
    [yes|auto], [
      systemdsystemunitdir=`$PKG_CONFIG --variable=systemdsystemunitdir systemd 2>/dev/null`
      AS_IF([test -z "$systemdsystemunitdir"], [systemdsystemunitdir='${prefix}/lib/systemd/system'])
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
