//! Gives every state of a connection a deadline.
//!
//! The timeouts of hyper start after protocol detection, and apply to HTTP/1.1 only. This module also covers the rest:
//! the connection preface, HTTP/2 connections without requests, and clients that stop reading a response.

use super::{
    HEAD_TIMEOUT, RESPONSE_TIMEOUT, STOP_TIMEOUT,
    activity::{Activity, CountedService},
};
use axum_server::accept::Accept;
use std::{
    future::{Ready, ready},
    io,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Wraps the stream and the service of a connection.
#[derive(Debug, Clone)]
pub(super) struct DeadlineAcceptor {
    /// Cancelled when the server begins to stop.
    pub(super) stopping: CancellationToken,
}

impl<I, S> Accept<I, S> for DeadlineAcceptor {
    type Stream = DeadlineStream<I>;
    type Service = CountedService<S>;
    type Future = Ready<io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let activity = Activity::new();
        let timer = Box::pin(sleep_until(activity.state().since + HEAD_TIMEOUT));
        let stopping = Some(Box::pin(self.stopping.clone().cancelled_owned()));
        let deadline = Deadline {
            unblocked_at: activity.state().since,
            activity: activity.clone(),
            timer,
            stopping,
            stopped_at: None,
            blocked_since: None,
        };
        ready(Ok((DeadlineStream { stream, deadline }, CountedService { service, activity })))
    }
}

#[derive(Debug)]
struct Deadline {
    activity: Activity,
    timer: Pin<Box<Sleep>>,
    stopping: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    stopped_at: Option<Instant>,
    /// Since when a write has been pending. HTTP/2 buffers responses, so the request may have ended long before.
    blocked_since: Option<Instant>,
    /// When a pending write last completed.
    unblocked_at: Instant,
}

impl Deadline {
    /// Returns when the connection is closed if there is no further activity.
    fn at(&self) -> Instant {
        if let Some(blocked_since) = self.blocked_since {
            return blocked_since + RESPONSE_TIMEOUT;
        }
        let state = self.activity.state();
        let by_activity = if state.in_flight == 0 { HEAD_TIMEOUT } else { RESPONSE_TIMEOUT };
        let deadline = state.since.max(self.unblocked_at) + by_activity;
        match self.stopped_at {
            Some(stopped_at) if state.in_flight == 0 => deadline.min(stopped_at + STOP_TIMEOUT),
            _ => deadline,
        }
    }

    /// Resolves to an error once the deadline has passed. The timer is reset only when it has elapsed, so that a
    /// request does not cost a timer operation.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        if let Some(stopping) = &mut self.stopping
            && stopping.as_mut().poll(context).is_ready()
        {
            self.stopping = None;
            self.stopped_at = Some(Instant::now());
            let deadline = self.at();
            self.timer.as_mut().reset(deadline);
        }
        while self.timer.as_mut().poll(context).is_ready() {
            let deadline = self.at();
            if deadline <= Instant::now() {
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
            self.timer.as_mut().reset(deadline);
        }
        Poll::Pending
    }

    /// Like [`Self::or`], for writes. Records for how long a write has been pending.
    fn or_write<T>(
        &mut self,
        polled: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if polled.is_pending() {
            self.blocked_since.get_or_insert_with(Instant::now);
        } else if self.blocked_since.take().is_some() {
            self.unblocked_at = Instant::now();
        }
        self.or(polled, context)
    }

    /// Returns the result of an operation. Fails if the operation is pending and the deadline has passed.
    fn or<T>(
        &mut self,
        polled: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if polled.is_ready() { polled } else { self.poll(context).map(Err) }
    }
}

/// A stream whose operations fail once the deadline of the connection has passed.
#[derive(Debug)]
pub(super) struct DeadlineStream<S> {
    stream: S,
    deadline: Deadline,
}

impl<S: AsyncRead + Unpin> AsyncRead for DeadlineStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.deadline.or(polled, context)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for DeadlineStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.deadline.or_write(polled, context)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(context);
        self.deadline.or_write(polled, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_shutdown(context);
        self.deadline.or_write(polled, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.deadline.or_write(polled, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
