/// What nghttp2 calls back.
#pragma once

#include <nghttp2/nghttp2.h>

#include "http2_connection.hpp"

namespace slim::transport {

/// One table for all connections. Thread: the functions run on the connection's worker, inside
/// nghttp2_session_mem_recv() and nghttp2_session_send().
struct Http2Connection::Callbacks {
  [[nodiscard]] static const nghttp2_session_callbacks* table();
  [[nodiscard]] static const nghttp2_option* options();
  /// The source of a stream's DATA frames.
  [[nodiscard]] static nghttp2_data_provider provider(GrpcStream& stream);

 private:
  static int on_begin_frame(nghttp2_session*, const nghttp2_frame_hd* header, void* self);
  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* self);
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t flags, void* self);
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* self);
  static int on_data(nghttp2_session*, std::uint8_t flags, std::int32_t stream,
                     const std::uint8_t* bytes, std::size_t size, void* self);
  static int on_stream_close(nghttp2_session*, std::int32_t stream, std::uint32_t error,
                             void* self);
  static int on_invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int error, void* self);
  static int on_frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* self);
  static int on_unknown_frame(nghttp2_session*, const nghttp2_frame_hd* header,
                              const std::uint8_t* bytes, std::size_t size, void* self);
  static int unpack_unknown_frame(nghttp2_session*, void** payload, const nghttp2_frame_hd* header,
                                  void* self);
  static ssize_t send(nghttp2_session*, const std::uint8_t* bytes, std::size_t size, int flags,
                      void* self);
  static int send_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* header,
                       std::size_t size, nghttp2_data_source* source, void* self);
  static ssize_t frame_size(nghttp2_session*, std::uint8_t frame_type, std::int32_t stream,
                            std::int32_t connection_window, std::int32_t stream_window,
                            std::uint32_t peer_max_frame, void* self);
  static ssize_t read(nghttp2_session*, std::int32_t stream, std::uint8_t* buffer, std::size_t size,
                      std::uint32_t* flags, nghttp2_data_source* source, void* self);
};

}  // namespace slim::transport
