<?php
/**
 * Plugin Name: fluent-sync webhook
 * Description: Tells fluent-sync which FluentSupport tickets have changed. See docs/webhook.md of fluent-sync.
 *
 * A must-use plugin: it belongs into wp-content/mu-plugins, and wp-config.php says where to call:
 *
 *     define( 'FLUENT_SYNC_WEBHOOK_URL', 'https://dashboard.example.com/fluent-sync/webhook' );
 *     define( 'FLUENT_SYNC_WEBHOOK_SECRET', 'whsec_...' );
 *
 * Nobody waits for it: what has changed in a request is called for once, after the visitor has got the
 * answer. What could not be sent stays in one option and goes with the next call, a minute later at least.
 */

defined( 'ABSPATH' ) || exit;

final class Fluent_Sync_Webhook {
	const UNSENT = 'fluent_sync_webhook_unsent'; // of each request the ids: "4711,4712@TAG;"
	const PAUSE  = 'fluent_sync_webhook_pause';  // until when nothing is sent after a failure
	const EVENT  = 'fluent_sync_webhook_send';

	const TIMEOUT_S = 2;
	const PAUSE_S   = 60;
	const IDS_MAX   = 1000; // in a call, and requests that wait; of more, the newest
	const ID_END    = 2 ** 53; // fluent-sync takes no id from here on, nor the call that has one

	// What FluentSupport tells by itself. The REST requests of its pages tell the rest.
	const ACTIONS = array(
		'ticket_created',
		'response_added_by_customer',
		'response_added_by_agent',
		'note_added_by_agent',
		'ticket_closed',
		'ticket_reopen',
		'agent_assigned_to_ticket',
		'deleting_ticket',
	);

	private static $changed = array(); // ids as keys

	public static function start() {
		if ( ! defined( 'FLUENT_SYNC_WEBHOOK_URL' ) || ! defined( 'FLUENT_SYNC_WEBHOOK_SECRET' ) ) {
			return;
		}
		foreach ( self::ACTIONS as $action ) {
			add_action( 'fluent_support/' . $action, array( __CLASS__, 'hear_action' ), 10, 3 );
		}
		add_filter( 'rest_request_after_callbacks', array( __CLASS__, 'hear_request' ), 10, 3 );
		add_action( 'shutdown', array( __CLASS__, 'finish' ), 1000 );
		add_action( self::EVENT, array( __CLASS__, 'send' ) );
	}

	/** The ticket is one argument or, where it is a response, the response names it. */
	public static function hear_action( ...$arguments ) {
		foreach ( $arguments as $of ) {
			if ( ! is_object( $of ) ) {
				continue;
			}
			if ( ! empty( $of->ticket_id ) ) {
				self::note( $of->ticket_id );
			} elseif ( ! empty( $of->customer_id ) && ! empty( $of->id ) ) {
				self::note( $of->id );
			}
		}
	}

	/** Whatever an agent or a customer does to a ticket is such a request. */
	public static function hear_request( $response, $handler, $request ) {
		$route = $request->get_route();
		if ( strpos( $route, '/fluent-support/v2/' ) !== 0 || in_array( $request->get_method(), array( 'GET', 'HEAD' ), true )
			|| self::is_refused( $response ) ) {
			return $response;
		}
		if ( preg_match( '#/tickets/(\d+)(/|$)#', $route, $found ) ) {
			self::note( $found[1] );
		}
		foreach ( wp_parse_list( $request->get_param( 'ticket_ids' ) ?? '' ) as $id ) {
			self::note( $id );
		}
		return $response;
	}

	/** WordPress asks this filter too after it has let nobody in: a stranger must not make us call. */
	private static function is_refused( $response ) {
		$data = is_wp_error( $response ) ? (array) $response->get_error_data() : array();
		return in_array( $data['status'] ?? 0, array( 401, 403 ), true );
	}

	private static function note( $id ) {
		if ( is_numeric( $id ) && (int) $id > 0 && (int) $id < self::ID_END ) {
			self::$changed[ (int) $id ] = true;
		}
	}

	/** The end of a request. Where the answer cannot be finished first, WP-Cron sends. */
	public static function finish() {
		if ( ! self::$changed ) {
			return;
		}
		self::keep();
		if ( function_exists( 'fastcgi_finish_request' ) ) {
			fastcgi_finish_request();
		} elseif ( function_exists( 'litespeed_finish_request' ) ) {
			litespeed_finish_request();
		} elseif ( PHP_SAPI !== 'cli' ) {
			self::send_later( 0 );
			return;
		}
		self::send();
	}

	/** On record before anything is sent. One statement, as other requests do the same meanwhile. */
	private static function keep() {
		global $wpdb;
		$requests = '';
		foreach ( array_chunk( array_keys( self::$changed ), self::IDS_MAX ) as $ids ) {
			$requests .= implode( ',', $ids ) . '@' . uniqid( '', true ) . ';';
		}
		$wpdb->query(
			$wpdb->prepare(
				"INSERT INTO {$wpdb->options} (option_name, option_value, autoload) VALUES (%s, %s, 'no')
				ON DUPLICATE KEY UPDATE option_value = CONCAT(option_value, VALUES(option_value))",
				self::UNSENT,
				$requests
			)
		);
		self::$changed = array();
	}

	private static function send_later( $seconds ) {
		if ( ! wp_next_scheduled( self::EVENT ) ) {
			wp_schedule_single_event( time() + $seconds, self::EVENT );
		}
	}

	private static function read( $option ) {
		global $wpdb; // not from a cache of this request's
		return (string) $wpdb->get_var(
			$wpdb->prepare( "SELECT option_value FROM {$wpdb->options} WHERE option_name = %s", $option )
		);
	}

	/** The oldest of the requests, as many as are for one call, and their ids. */
	private static function for_one_call( $requests ) {
		$ids = array();
		foreach ( $requests as $count => $request ) {
			$more = $ids + array_flip( array_map( 'intval', explode( ',', strtok( $request, '@' ) ) ) );
			if ( $count > 0 && count( $more ) > self::IDS_MAX ) {
				return array( array_slice( $requests, 0, $count ), array_keys( $ids ) );
			}
			$ids = $more;
		}
		return array( $requests, array_keys( $ids ) );
	}

	/** Sends what waits, unless a call has failed within the last minute. */
	public static function send() {
		$waiting = self::read( self::UNSENT );
		$pause   = (int) self::read( self::PAUSE ) - time();
		if ( $waiting === '' ) {
			return;
		}
		if ( $pause > 0 && $pause <= self::PAUSE_S ) {
			self::send_later( $pause );
			return;
		}
		$requests = array_values( array_filter( explode( ';', $waiting ) ) );
		do {
			list( $sent, $ids ) = self::for_one_call( $requests );
			$error              = self::call( $ids );
			if ( $error === '' ) {
				self::forget( $sent );
				$requests = array_slice( $requests, count( $sent ) );
			}
		} while ( $error === '' && $requests );
		if ( $error === '' ) {
			return;
		}
		self::forget( array_slice( $requests, 0, - self::IDS_MAX ) );
		update_option( self::PAUSE, time() + self::PAUSE_S, false );
		self::send_later( self::PAUSE_S );
		error_log( 'fluent-sync webhook: ' . count( $ids ) . ' tickets wait to be called for: ' . $error );
	}

	/** Others may have added or removed some meanwhile. */
	private static function forget( $requests ) {
		global $wpdb;
		foreach ( $requests as $request ) {
			$wpdb->query(
				$wpdb->prepare(
					"UPDATE {$wpdb->options} SET option_value = REPLACE(option_value, %s, '') WHERE option_name = %s",
					$request . ';',
					self::UNSENT
				)
			);
		}
	}

	/** Calls, signed as Standard Webhooks says. Returns what went wrong; ''. */
	private static function call( $ids ) {
		$body   = wp_json_encode( array( 'ticket_ids' => array_values( $ids ) ) );
		$id     = 'msg_' . wp_generate_uuid4();
		$time   = (string) time();
		$key    = base64_decode( preg_replace( '/^whsec_/', '', FLUENT_SYNC_WEBHOOK_SECRET ) );
		$answer = wp_remote_post(
			FLUENT_SYNC_WEBHOOK_URL,
			array(
				'timeout'     => self::TIMEOUT_S,
				'redirection' => 0,
				'body'        => $body,
				'headers'     => array(
					'Content-Type'      => 'application/json',
					'webhook-id'        => $id,
					'webhook-timestamp' => $time,
					'webhook-signature' => 'v1,' . base64_encode( hash_hmac( 'sha256', "$id.$time.$body", $key, true ) ),
				),
			)
		);
		if ( is_wp_error( $answer ) ) {
			return $answer->get_error_message();
		}
		$status = wp_remote_retrieve_response_code( $answer );
		return $status === 202 ? '' : "the answer is $status: " . substr( wp_remote_retrieve_body( $answer ), 0, 200 );
	}
}

Fluent_Sync_Webhook::start();
